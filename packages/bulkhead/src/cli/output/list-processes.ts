import type { ProcessInUse } from '../../manager/running-processes.ts';
import { healthWord } from '../../views/process-view.ts';
import { sizeText } from './size-text.ts';
import type { Cell } from './table.ts';
import type { Output } from './terminal.ts';

export const PROCESS_HEAD: readonly Cell[] = [
  'RUNNING',
  'PID',
  'ROLE',
  'HEALTH',
  'HOST',
  'MEMORY',
  'CPU',
  'TASKS',
  'DISK',
  'HELD BY',
  'START',
];

const WORDS = { fork: 'forked', spawn: 'spawned', thread: 'in a thread', container: 'in a container' } as const;

export function processRow(each: ProcessInUse, { colours }: Output): Cell[] {
  const { plugin, pid, role, generation, start, container, host, usage } = each;
  const health = healthWord(each);
  const colour = health === 'ready' || health === 'busy' ? colours.green : health === '-' ? colours.dim : colours.red;
  return [
    plugin,
    String(pid),
    generation === undefined ? role : `${role} ${generation}`,
    { text: health, colour },
    host.state === 'running' ? String(host.pid) : `${host.pid} (${host.state})`,
    usage === undefined ? '-' : sizeText(usage.memory),
    usage === undefined ? '-' : `${(usage.processorTime / 1_000).toFixed(1)} s`,
    usage === undefined ? '-' : String(usage.tasks),
    usage?.disk === undefined ? '-' : sizeText(usage.disk),
    holders(each),
    start === undefined ? '-' : `${container ?? WORDS[start.mode]}: ${start.reason}`,
  ];
}

/** Which gates keep it to its permissions, and what to each of its limits: `Landlock 7, seccomp; memory: cgroup, rlimit`. */
function holders({ sandbox, limits = {} }: ProcessInUse): string {
  const gates = sandbox?.landlock === undefined ? [] : [`Landlock ${sandbox.landlock}, seccomp`];
  const means = Object.entries(limits).map(([limit, by]) => `${limit}: ${by.join(', ')}`);
  return [...gates, ...means].join('; ') || '-';
}

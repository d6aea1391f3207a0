import type { RunningProcess } from '../../launcher/ledger/read-ledger.ts';
import { healthWord } from '../../views/process-view.ts';
import type { Cell } from './table.ts';
import type { Output } from './terminal.ts';

export const PROCESS_HEAD: readonly Cell[] = ['RUNNING', 'PID', 'ROLE', 'HEALTH', 'HOST', 'START'];

const WORDS = { fork: 'forked', spawn: 'spawned', container: 'in a container' } as const;

export function processRow(each: RunningProcess, { colours }: Output): Cell[] {
  const { plugin, pid, role, generation, start, container, host } = each;
  const health = healthWord(each);
  const colour = health === 'ready' || health === 'busy' ? colours.green : health === '-' ? colours.dim : colours.red;
  return [
    plugin,
    String(pid),
    generation === undefined ? role : `${role} ${generation}`,
    { text: health, colour },
    host.state === 'running' ? String(host.pid) : `${host.pid} (${host.state})`,
    start === undefined ? '-' : `${container ?? WORDS[start.mode]}: ${start.reason}`,
  ];
}

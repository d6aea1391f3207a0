import { findGroupPlaces } from '../launcher/limits/group-places.ts';
import type { LimitHolder } from '../launcher/limits/limit-holders.ts';

/** What would hold the limits of a process on this machine. */
export interface LimitSurvey {
  /** Of control groups; undefined: none can be made from here. */
  readonly version: 1 | 2 | undefined;
  readonly memory: readonly LimitHolder[];
  readonly pids: readonly LimitHolder[];
  readonly cpu: readonly LimitHolder[];
  readonly files: readonly LimitHolder[];
  readonly disk: readonly LimitHolder[];
  /** Why there are no control groups for some of them. */
  readonly reasons: readonly string[];
}

/**
 * Undefined outside Linux, where no limit of a process can be enforced. Changes nothing.
 *
 * @param hasNameSpaces whether sandboxes are full
 */
export function surveyLimits(variables: NodeJS.ProcessEnv, hasNameSpaces: boolean): LimitSurvey | undefined {
  if (process.platform !== 'linux') return undefined;
  const places = findGroupPlaces(variables);
  const { memory, pids, cpu } = places;
  const all = [memory, pids, cpu];
  return {
    version: all.find(({ reason }) => reason === undefined)?.parent?.version,
    memory: memory.reason === undefined ? ['cgroup', 'rlimit'] : ['rlimit', 'watchdog'],
    pids: [pids.reason === undefined ? 'cgroup' : 'watchdog'],
    cpu: cpu.reason === undefined ? ['cgroup', 'affinity'] : ['affinity'],
    files: ['rlimit'],
    disk: [hasNameSpaces ? 'tmpfs' : 'watchdog'],
    reasons: [...new Set(all.flatMap(({ reason }) => reason ?? []))],
  };
}

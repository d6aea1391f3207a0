import type { HelloPayload } from '@bulkhead/protocol';
import type { PluginSpec } from '../../registry/plugin-spec.ts';

/**
 * What holds a limit: a control group of the kernel; a limit of each process (`rlimit`); the choice of its processors
 * (`affinity`); a file system in memory of that size (`tmpfs`); a watchdog of this host, which ends what is over it; the engine of
 * its container.
 */
export type LimitHolder = 'cgroup' | 'rlimit' | 'affinity' | 'tmpfs' | 'watchdog' | 'engine';

/** What holds each limit that was asked for. */
export type LimitHolders = Readonly<Partial<Record<keyof Limits, readonly LimitHolder[]>>>;

type Limits = PluginSpec['launch']['resources'];

/** Of a plugin in a container. */
export function meansOfEngine(resources: Limits): LimitHolders {
  const wanted = Object.entries(resources).filter(([, limit]) => limit !== undefined);
  return Object.fromEntries(wanted.map(([limit]) => [limit, ['engine']]));
}

/** The same of an instance that has said which gates it has closed: in name spaces its scratch folder is in memory. */
export function meansInside(means: LimitHolders, sandbox: HelloPayload['sandbox']): LimitHolders {
  return means.disk === undefined || sandbox?.namespaces !== true ? means : { ...means, disk: ['tmpfs'] };
}

import type { FieldPath, Finding } from './finding.ts';
import { isMapping } from './plain-value.ts';

/** What a plugin that shares its process can't have, and why. */
const NOT_OF_A_THREAD: readonly (readonly [path: readonly string[], why: string])[] = [
  [['sandbox'], 'it is how a process is kept to permissions'],
  [['command'], 'a thread is begun by the SDK'],
  [['transport'], 'a group talks over sockets'],
  [['start'], 'a thread is neither spawned nor forked'],
  [['instances', 'spare'], 'spares are forked'],
  [['recycle', 'memory'], "the system does not tell a thread's memory from that of its group"],
];

const CURE = 'Leave it out, or write isolation: process';

/** Silence would let people believe that they hold. */
export function threadFindings(plugin: Readonly<Record<string, unknown>>, index: number): Finding[] {
  if (plugin['isolation'] !== 'thread') return [];
  return NOT_OF_A_THREAD.filter(([path]) => isWritten(plugin, path)).map(([path, why]) => ({
    path: ['plugins', index, ...path],
    at: 'key',
    message: `${path.join('.')}: has no effect with isolation: thread: ${why}. ${CURE}`,
  }));
}

/** Also of defaults: a plugin that somebody wants confined must not run otherwise. */
export function unconfinedThread(plugin: Readonly<Record<string, unknown>>, index: number): Finding[] {
  if (plugin['isolation'] !== 'thread' || plugin['permissions'] === undefined) return [];
  const why = 'a group is one process, and the kernel keeps no thread to less than the others';
  const path = ['plugins', index, 'permissions'];
  return [{ path, at: 'key', message: `permissions: can't hold with isolation: thread: ${why}. ${CURE}` }];
}

function isWritten(value: unknown, [part, ...below]: FieldPath): boolean {
  if (part === undefined) return value !== undefined;
  return isMapping(value) && isWritten(value[part], below);
}

import type { Finding } from './finding.ts';
import type { PluginSpec } from './plugin-spec.ts';

const RUN_BY_NODE = /\.[cm]?[jt]s$/;

/** What a plugin of Node can't be given. */
export function unfitForNode(
  entry: Readonly<Record<string, unknown>>,
  index: number,
  { environment, launch }: PluginSpec,
): Finding[] {
  const { isolation, imageCommand, entryPoint } = launch;
  if (isolation === 'docker' && !imageCommand && RUN_BY_NODE.test(entryPoint.file ?? '')) {
    const message = 'isolation: a plugin of Node runs as a process, not in a container, in this version of Bulkhead';
    return [{ path: ['plugins', index, 'isolation'], at: 'value', message }];
  }
  if (environment.kind !== 'node') return [];
  const { start, transport, instances } = entry;
  const spare = (instances as { readonly spare?: unknown } | undefined)?.spare;
  const findings: Finding[] = [];
  const found = (path: readonly string[], message: string): void =>
    void findings.push({ path: ['plugins', index, ...path], at: 'value', message: `${path.join('.')}: ${message}` });
  if (start === 'fork') found(['start'], 'a process of Node can not be forked; leave this out');
  if (transport !== undefined && transport !== 'socket')
    found(['transport'], 'a plugin of Node talks over sockets; leave this out');
  if (typeof spare === 'number' && spare > 0)
    found(
      ['instances', 'spare'],
      'spares are forked, which a process of Node can not be; `min` starts instances ahead',
    );
  return findings;
}

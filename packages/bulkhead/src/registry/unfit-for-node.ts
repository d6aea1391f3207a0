import type { Finding } from './finding.ts';
import type { PluginSpec } from './plugin-spec.ts';

/** Whether Bulkhead starts it by Node: a command may do as it likes. */
export function isForNode({ kind, language }: PluginSpec['environment']): boolean {
  return language === 'node' && kind !== 'none';
}

/** What a plugin of Node can't be given. */
export function unfitForNode(
  entry: Readonly<Record<string, unknown>>,
  index: number,
  { environment, launch }: PluginSpec,
): Finding[] {
  if (!isForNode(environment)) return [];
  const { start, transport, instances } = entry;
  const spare = (instances as { readonly spare?: unknown } | undefined)?.spare;
  const findings: Finding[] = [];
  const found = (path: readonly string[], message: string): void =>
    void findings.push({ path: ['plugins', index, ...path], at: 'value', message: `${path.join('.')}: ${message}` });
  if (launch.imageCommand)
    found(
      ['image_command'],
      'the SDK for Node finds its host only where Bulkhead starts it; leave this out, and Bulkhead starts the plugin in the image',
    );
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

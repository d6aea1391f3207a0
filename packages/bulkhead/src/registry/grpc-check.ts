import type { Finding } from './finding.ts';

type Plugin = Readonly<Record<string, unknown>>;

/** What a service that knows nothing of Bulkhead has no use for. */
const NOT_OF_ANY_SERVICE = ['config', 'hooks', 'pattern'];

/** Silence would let people believe that a plugin is kept to something, or told something. */
export function grpcFindings(plugin: Plugin, index: number): Finding[] {
  const { transport, command, permissions, pattern } = plugin;
  const at = (field: string, what: string, where: Finding['at'] = 'key'): Finding => ({
    path: ['plugins', index, field],
    at: where,
    message: `${field}: ${what}`,
  });
  const isGoPlugin = transport === 'go-plugin';
  const isServed = isGoPlugin || (transport === 'grpc' && command !== undefined);
  const findings: Finding[] = [];
  if (transport === 'grpc' && permissions !== undefined)
    findings.push(at('transport', 'threads of gRPC run before `permissions` hold; use socket or stdio', 'value'));
  if (transport === 'grpc' && pattern === 'rep') findings.push(at('pattern', 'rep needs transport: zeromq', 'value'));
  else if (transport === 'grpc' && pattern !== undefined && command === undefined)
    findings.push(at('pattern', 'has an effect on gRPC only with a `command`'));
  if (isGoPlugin && permissions !== undefined)
    findings.push(at('transport', 'its server needs a Unix socket, which `permissions` forbid; use stdio', 'value'));
  if (isGoPlugin && command === undefined)
    findings.push(at('transport', 'write in `command` the program that serves go-plugin', 'value'));
  if (!isGoPlugin && plugin['protocol_versions'] !== undefined)
    findings.push(at('protocol_versions', 'has an effect only with transport: go-plugin'));
  if (plugin['proto'] === undefined) return findings;
  if (!isServed)
    return [...findings, at('proto', 'has an effect only with transport: grpc or go-plugin, and a `command`')];
  const unused = NOT_OF_ANY_SERVICE.filter((field) => plugin[field] !== undefined);
  return [...findings, ...unused.map((field) => at(field, 'has no effect with `proto`'))];
}

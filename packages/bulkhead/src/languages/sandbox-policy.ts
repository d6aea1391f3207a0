import type { ReadyEnvironment } from '../environment/ready-environment.ts';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';

export interface SandboxedStart {
  readonly spec: PluginSpec;
  readonly environment: ReadyEnvironment;
  /** The folder that it may write to; undefined: it may do what the user of the host may. */
  readonly scratch: string | undefined;
}

/**
 * What the bootstrap is told to keep the plugin to; its form is that of the SDK's _sandbox/policy.py.
 *
 * @param needed folders that its language needs besides
 * @returns undefined if nothing is to be kept
 * @throws BulkheadError `SANDBOX_UNAVAILABLE`, `LIMIT_UNAVAILABLE`
 */
export function sandboxPolicy(
  { spec, environment, scratch }: SandboxedStart,
  needed: readonly string[],
): string | undefined {
  const { id, folder, launch } = spec;
  const { permissions, resources, sandbox } = launch;
  const limits = Object.entries(resources).filter(([, limit]) => limit !== undefined);
  if (sandbox === 'off' || (permissions === undefined && limits.length === 0)) return undefined;
  if (process.platform !== 'linux')
    throw new BulkheadError('SANDBOX_UNAVAILABLE', { plugin: id, reason: 'only Linux has what it is made of' });
  requireCountable(spec);
  const { memory, files, cpu } = resources;
  const namespaces = launch.isolated ? 'require' : sandbox === 'floor' ? 'none' : 'try';
  const { runtime, localSources } = environment;
  const lines: readonly (readonly [name: string, value: string | number | undefined])[] = [
    ['confined', permissions === undefined ? 'no' : 'yes'],
    ['network', NETWORKS[String(permissions?.network ?? false)] ?? 'proxy'],
    ['namespaces', namespaces],
    ['scratch', scratch],
    ['scratch_size', resources.scratch],
    ['processes', permissions?.processes === true ? 'yes' : 'no'],
    ['host', process.pid],
    ['memory', memory],
    ['files', files],
    ['processors', cpu],
    ...[folder, runtime.prefix, ...needed, ...localSources, ...(permissions?.read ?? [])].map(
      (path) => ['read', path] as const,
    ),
    ...(permissions?.write ?? []).map((path) => ['write', path] as const),
  ];
  return lines.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${escaped(value)}`])).join('\n');
}

/** A list of hosts is neither. */
const NETWORKS: Readonly<Record<string, string>> = { true: 'all', false: 'none' };

/** A limit that holds for some of its processes only, or for none, would be a promise that is not kept. */
function requireCountable({ id, launch: { resources } }: PluginSpec): void {
  const { cpu, pids } = resources;
  const why = 'only a container can be kept to that';
  if (cpu !== undefined && !Number.isInteger(cpu))
    throw new BulkheadError('LIMIT_UNAVAILABLE', {
      plugin: id,
      limit: 'cpu',
      reason: `${why}; a process to whole processors`,
    });
  if (pids !== undefined) throw new BulkheadError('LIMIT_UNAVAILABLE', { plugin: id, limit: 'pids', reason: why });
}

function escaped(value: string | number): string {
  return String(value).replaceAll('%', '%25').replaceAll('\n', '%0A');
}

/** The bootstrap listens there, in the plugin's own name space; see the SDK's _sandbox/way_out.py. */
const PROXY = 'http://127.0.0.1:3128';
const LOOPBACK = ['localhost', '127.0.0.1', '::1'];

/** What a plugin with a list of hosts reaches them by. Its own loopback it reaches without, unless the list means that of the machine. */
export function proxyFor({ launch: { permissions } }: PluginSpec): { url: string; exceptions: string } | undefined {
  const network = permissions?.network ?? false;
  if (typeof network === 'boolean') return undefined;
  const names = network.map((rule) => (rule.kind === 'name' ? rule.name : rule.address));
  const meansLoopback = names.some((name) => LOOPBACK.includes(name) || name.startsWith('127.'));
  return { url: PROXY, exceptions: meansLoopback ? '' : LOOPBACK.join(',') };
}

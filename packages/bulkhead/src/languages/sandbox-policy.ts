import type { ReadyEnvironment } from '../environment/ready-environment.ts';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import type { Confinement } from './instance-command.ts';

export interface SandboxedStart {
  readonly spec: PluginSpec;
  readonly environment: ReadyEnvironment;
  readonly confinement: Confinement;
}

/**
 * What the bootstrap is told to keep the plugin to; its form is that of the SDK's _sandbox/policy.py.
 *
 * @param needed folders that its language needs besides
 * @returns undefined if nothing is to be kept
 * @throws BulkheadError `SANDBOX_UNAVAILABLE`
 */
export function sandboxPolicy(
  { spec, environment, confinement: { scratch, groups } }: SandboxedStart,
  needed: readonly string[],
): string | undefined {
  const { id, folder, launch } = spec;
  const { permissions, resources, sandbox } = launch;
  const limits = Object.entries(resources).filter(([, limit]) => limit !== undefined);
  if (sandbox === 'off' || (permissions === undefined && limits.length === 0)) return undefined;
  if (process.platform !== 'linux')
    throw new BulkheadError('SANDBOX_UNAVAILABLE', { plugin: id, reason: 'only Linux has what it is made of' });
  const { memory, files, cpu, disk } = resources;
  const namespaces = launch.isolated ? 'require' : sandbox === 'floor' ? 'none' : 'try';
  const { runtime, localSources } = environment;
  const lines: readonly (readonly [name: string, value: string | number | undefined])[] = [
    ['confined', permissions === undefined ? 'no' : 'yes'],
    ['network', NETWORKS[String(permissions?.network ?? false)] ?? 'proxy'],
    ['namespaces', namespaces],
    ['scratch', scratch],
    ['scratch_size', disk],
    ['processes', permissions?.processes === true ? 'yes' : 'no'],
    ['program', runtime.kind === 'command' || runtime.kind === 'node' ? 'yes' : undefined],
    ['host', process.pid],
    // Only Python raises an error at it. V8 aborts, and since Node 23 reserves 512 MiB for each thread that count as its own.
    ['memory', runtime.kind === 'python' ? memory : undefined],
    ['files', files],
    ['processors', cpu === undefined ? undefined : Math.ceil(cpu)],
    // What it may write to besides is no part of the limit.
    ['file_size', permissions?.write.length === 0 ? disk : undefined],
    ...groups.map((path) => ['group', path] as const),
    ...[folder, runtime.prefix, ...needed, ...localSources, ...(permissions?.read ?? [])].map(
      (path) => ['read', path] as const,
    ),
    ...(permissions?.write ?? []).map((path) => ['write', path] as const),
  ];
  return lines.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${escaped(value)}`])).join('\n');
}

/** A list of hosts is neither. */
const NETWORKS: Readonly<Record<string, string>> = { true: 'all', false: 'none' };

/** One line. */
export function escaped(value: string | number): string {
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

import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import { isRecord } from '../lifecycle/is-record.ts';

/** Where a container engine of this machine is spoken to. */
export interface EngineAddress {
  /** Absolute path of its Unix socket. */
  readonly socket: string;
  /** What names it, as the beginning of a sentence: `DOCKER_HOST`, `The context "rootless"`, `The usual place`. */
  readonly origin: string;
}

const UNIX = 'unix://';
const USUAL = '/var/run/docker.sock';

/**
 * Finds the engine as Docker's own command does: DOCKER_HOST, then the context of DOCKER_CONTEXT or `docker context use`, then
 * the usual places, Podman's compatible socket last. Whether an engine answers there is not known yet.
 *
 * @throws BulkheadError `ENGINE_ELSEWHERE` when it is reached over a network
 */
export function engineAddress(variables: NodeJS.ProcessEnv): EngineAddress {
  const host = variables['DOCKER_HOST'];
  if (host) return local(host, 'DOCKER_HOST');
  return ofContext(variables) ?? { socket: usualSocket(variables), origin: 'The usual place' };
}

function local(address: string, origin: string): EngineAddress {
  const socket = address.startsWith(UNIX) ? address.slice(UNIX.length) : '';
  if (!socket.startsWith('/')) throw new BulkheadError('ENGINE_ELSEWHERE', { address, origin });
  return { socket, origin };
}

/** Undefined of the context `default`, and of one that is not there: Docker's command would not find it either. */
function ofContext(variables: NodeJS.ProcessEnv): EngineAddress | undefined {
  const folder = variables['DOCKER_CONFIG'] || join(home(variables), '.docker');
  const name = variables['DOCKER_CONTEXT'] || textAt(readJson(join(folder, 'config.json')), ['currentContext']);
  if (!name || name === 'default') return undefined;
  const hash = createHash('sha256').update(name).digest('hex');
  const meta = readJson(join(folder, 'contexts', 'meta', hash, 'meta.json'));
  const host = textAt(meta, ['Endpoints', 'docker', 'Host']);
  return host ? local(host, `The context "${name}"`) : undefined;
}

/** The first that this user may use; else the first that is there; else the most usual, which errors then name. */
function usualSocket(variables: NodeJS.ProcessEnv): string {
  const runtime = variables['XDG_RUNTIME_DIR'];
  const places = [
    USUAL,
    ...(runtime ? [join(runtime, 'docker.sock')] : []),
    join(home(variables), '.docker', 'run', 'docker.sock'),
    ...(runtime ? [join(runtime, 'podman', 'podman.sock')] : []),
    '/run/podman/podman.sock',
  ];
  return places.find(isUsable) ?? places.find((place) => existsSync(place)) ?? USUAL;
}

function isUsable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function home(variables: NodeJS.ProcessEnv): string {
  return variables['HOME'] || homedir();
}

/** Undefined for a file that is missing or damaged. */
function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function textAt(value: unknown, path: readonly string[]): string | undefined {
  const found = path.reduce<unknown>((within, key) => (isRecord(within) ? within[key] : undefined), value);
  return typeof found === 'string' ? found : undefined;
}

import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ContainerEngine } from '../src/engine/container-engine.ts';
import { identifyProcess } from '../src/lifecycle/process-identity.ts';
import { gone } from './processes.ts';
import { until } from './until.ts';

/** Of the engine that is started where none answers; its images are kept between runs. */
export const FOLDER: string = fileURLToPath(new URL('../../../.cache/engine', import.meta.url));
/** Which run of the tests has started it. */
export const STARTED_BY: string = join(FOLDER, 'started-by');

export function ownSocket(): string {
  return join(tmpdir(), `bulkhead-test-engine-${process.getuid?.() ?? 0}.sock`);
}

/** An engine of the tests, with folders of its own, so that it meets no other. */
export interface EngineDaemon {
  /** Holds its images, its log and its pid. */
  readonly folder: string;
  readonly socket: string;
  readonly options?: readonly string[];
  /** Whether it is to leave the bridge of another engine alone: its containers then reach nothing outside. */
  readonly isAlone?: boolean;
}

/** Resolves when it answers. @throws Error with its log when it can't run here */
export async function startDaemon({ folder, socket, options = [], isAlone = false }: EngineDaemon): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const log = join(folder, 'log');
  const output = openSync(log, 'w');
  const running = runFolder(socket);
  const folders = ['--data-root', join(folder, 'data'), '--exec-root', running, '--pidfile', pidFile(folder)];
  const command = [
    ...(isAlone ? ['unshare', '--net'] : []),
    'dockerd',
    ...folders,
    '-H',
    `unix://${socket}`,
    ...options,
  ];
  const daemon = spawn(command[0] as string, command.slice(1), {
    detached: true,
    stdio: ['ignore', output, output],
  });
  let ended: Error | undefined;
  daemon.once('error', (error) => (ended = error));
  daemon.once('exit', (status) => {
    ended = new Error(`dockerd exited with status ${status}: ${readFileSync(log, 'utf8').slice(-2_000)}`);
  });
  await until(async () => {
    if (ended !== undefined) throw ended;
    return await answers(socket);
  }, 'the answer of an engine that was started');
  daemon.removeAllListeners().unref();
}

/** Removes what an engine has left, once it is stopped. @param folder undefined: its images stay */
export async function removeDaemon(socket: string, folder?: string): Promise<void> {
  const own = [runFolder(socket), ...(folder === undefined ? [] : [folder])];
  // a name space of the network, and layers of containers that it was stopped over
  const mounted = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  for (const path of mounted.reverse())
    if (own.some((each) => path.startsWith(`${each}/`))) await once(spawn('umount', [path]), 'exit');
  for (const path of own) await rm(path, { recursive: true, force: true, maxRetries: 20 });
}

/** Resolves when it is gone. */
export async function stopDaemon(folder: string): Promise<void> {
  const pid = Number(await readFile(pidFile(folder), 'utf8').catch(() => ''));
  const daemon = pid > 0 ? identifyProcess(pid) : undefined;
  if (daemon === undefined) return;
  process.kill(daemon.pid, 'SIGTERM');
  await gone(daemon);
}

export async function answers(socket: string): Promise<boolean> {
  return await new ContainerEngine({ socket, origin: 'The tests' }).facts(AbortSignal.timeout(10_000)).then(
    () => true,
    () => false,
  );
}

/** Paths of sockets are short. */
function runFolder(socket: string): string {
  return join(tmpdir(), `${basename(socket, '.sock')}.run`);
}

function pidFile(folder: string): string {
  return join(folder, 'pid');
}

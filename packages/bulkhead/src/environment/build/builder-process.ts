import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { LineSplitter } from '../../lifecycle/line-splitter.ts';
import { cureOfExhaustion } from '../../lifecycle/system-exhaustion.ts';
import { settlesWithin } from '../../lifecycle/wait.ts';
import { KeptLines } from './kept-lines.ts';

/** A run of uv, pip or Python. */
export interface BuilderCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly variables: Readonly<Record<string, string>>;
  /** When it is aborted, the command and all that it started end. */
  readonly signal: AbortSignal;
  /** Receives every line of both streams; a very long line comes in pieces. */
  onLine?(line: string): void;
  /** Milliseconds after which it is ended. */
  readonly limit?: number;
}

export interface BuilderResult {
  /** Undefined when it could not be started or was ended by a signal. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams in the order of arrival, or why the command could not start. The middle of a very long output is left out. */
  readonly output: string;
  /** Such as `SIGSEGV`. */
  readonly endedBy: string | undefined;
  readonly tookTooLong: boolean;
  /** Whether a second run would end the same way. False if a signal ended the command. */
  readonly isFinal: boolean;
}

/** Between asking uv to end and ending it: it only has to close files. */
const GRACE = 1500;
/** Milliseconds for which processes that the command started may hold its output open after its end. */
const LONGEST_OUTPUT = 5000;
const LONGEST_DEATH = 5000;

/**
 * Runs a command in its own process group, because uv starts build backends, which start compilers, and all of them have to
 * end with it. Never rejects because of what the command did.
 *
 * @throws the signal's reason; the system's error when it has no room for another process
 */
export async function runBuilder(command: BuilderCommand): Promise<BuilderResult> {
  command.signal.throwIfAborted();
  const stdout = new KeptLines();
  const stderr = new KeptLines();
  const both = new KeptLines();
  const keep = (own: KeptLines) => (line: string) => {
    own.push(line);
    both.push(line);
    command.onLine?.(line);
  };
  const child = spawnBuilder(command);
  const ending = endWithSignal(child instanceof Error ? undefined : child.pid, command.signal, command.limit);
  const end = child instanceof Error ? child : await endOf(child, { stdout: keep(stdout), stderr: keep(stderr) });
  await ending.stop();
  command.signal.throwIfAborted();
  if (cureOfExhaustion(end) !== undefined) throw end as Error;
  const failure = end instanceof Error ? end : undefined;
  const { code, endedBy } = end instanceof Error ? NOT_RUN : end;
  return {
    exitCode: code,
    stdout: stdout.text,
    stderr: stderr.text,
    output: failure?.message ?? both.text,
    endedBy,
    tookTooLong: ending.tookTooLong(),
    isFinal: endedBy === undefined,
  };
}

/** The process, or why there is none. */
function spawnBuilder({ file, args, cwd, variables }: BuilderCommand): ChildProcess | Error {
  try {
    return spawn(file, args, {
      cwd,
      env: variables,
      detached: process.platform !== 'win32',
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
  } catch (error) {
    return error as Error; // such as arguments that are too long
  }
}

const NOT_RUN: End = { code: undefined, endedBy: undefined };

interface End {
  readonly code: number | undefined;
  readonly endedBy: string | undefined;
}

/** Waits for the end and for all output; an Error says why the command could not start. */
async function endOf(
  child: ChildProcess,
  lines: Readonly<Record<'stdout' | 'stderr', (line: string) => void>>,
): Promise<End | Error> {
  const exited = new Promise<End | Error>((resolve) => {
    child.once('error', resolve);
    child.once('exit', (code, signal) => resolve({ code: code ?? undefined, endedBy: signal ?? undefined }));
  });
  const read = Promise.all((['stdout', 'stderr'] as const).map((name) => readLines(child[name], lines[name])));
  const end = await exited;
  if (!(end instanceof Error)) await settlesWithin(read, LONGEST_OUTPUT);
  child.stdout?.destroy();
  child.stderr?.destroy();
  return end;
}

/** The stream is missing if the system had no descriptor left for a pipe. */
async function readLines(stream: Readable | null | undefined, deliver: (line: string) => void): Promise<void> {
  if (stream === null || stream === undefined) return;
  const splitter = new LineSplitter();
  const deliverAll = (lines: Iterable<string>): void => {
    for (const line of lines) deliver(line);
  };
  stream.on('data', (chunk: Buffer) => deliverAll(splitter.push(chunk)));
  await once(stream, 'close').catch(() => undefined);
  deliverAll(splitter.end());
}

function endWithSignal(
  pid: number | undefined,
  signal: AbortSignal,
  limit: number | undefined,
): { stop(): Promise<void>; tookTooLong(): boolean } {
  const timers: NodeJS.Timeout[] = [];
  let late = false;
  const end = (): void => {
    endGroup(pid, 'SIGTERM');
    timers.push(setTimeout(() => endGroup(pid, 'SIGKILL'), GRACE));
  };
  signal.addEventListener('abort', end, { once: true });
  if (limit !== undefined)
    timers.push(
      setTimeout(() => {
        late = true;
        end();
      }, limit),
    );
  return {
    tookTooLong: () => late,
    stop: async () => {
      signal.removeEventListener('abort', end);
      for (const timer of timers) clearTimeout(timer);
      // The leader is gone. What it left running must not write on into a folder that is about to be deleted.
      if (signal.aborted || late) await groupIsGone(pid);
    },
  };
}

async function groupIsGone(pid: number | undefined): Promise<void> {
  const deadline = performance.now() + LONGEST_DEATH;
  while (endGroup(pid, 'SIGKILL') && performance.now() < deadline) await sleep(5);
}

/** Signals the group; false if it is gone. */
function endGroup(pid: number | undefined, signal: NodeJS.Signals): boolean {
  if (pid === undefined) return false;
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', String(pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true }).on(
      'error',
      () => undefined,
    );
    return false;
  }
  try {
    return process.kill(-pid, signal);
  } catch {
    return false; // ESRCH; on macOS EPERM, of a group in which only the dead are left
  }
}

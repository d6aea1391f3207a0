import { spawn } from 'node:child_process';
import { execa } from 'execa';

/** A run of uv, pip or Python. */
export interface BuilderCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Its abortion ends the command and all that it started. */
  readonly signal: AbortSignal;
  /** Told of every line of either stream. */
  onLine?(line: string): void;
  /** Milliseconds after which it is ended. */
  readonly limit?: number;
}

export interface BuilderResult {
  /** Undefined when it could not be started or was ended by a signal. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams in the order of writing; why it could not be started, if that is so. */
  readonly output: string;
  /** Such as `SIGSEGV`. */
  readonly endedBy: string | undefined;
  readonly tookTooLong: boolean;
}

/** Between asking uv to end and ending it: it only has to close files. */
const GRACE = 1500;
const OUTPUT_KEPT = 20_000_000;

/**
 * Runs a command in its own process group, because uv starts build backends, which start compilers, and all of them have to
 * end with it. Never rejects because of what the command did. @throws the signal's reason
 */
export async function runBuilder(command: BuilderCommand): Promise<BuilderResult> {
  command.signal.throwIfAborted();
  const tell = function* (line: unknown): Generator<unknown> {
    command.onLine?.(String(line));
    yield line;
  };
  const child = execa(command.file, command.args, {
    cwd: command.cwd,
    env: command.variables,
    extendEnv: false,
    detached: process.platform !== 'win32',
    stdin: 'ignore',
    stdout: tell,
    stderr: tell,
    all: true,
    reject: false,
    maxBuffer: OUTPUT_KEPT,
    windowsHide: true,
  });
  const ending = endWithSignal(child.pid, command.signal, command.limit);
  const result = await child;
  ending.stop();
  command.signal.throwIfAborted();
  const output = result.all ?? '';
  return {
    exitCode: result.exitCode,
    stdout: result.stdout,
    stderr: result.stderr,
    output:
      output === '' && result.exitCode === undefined ? (result.originalMessage ?? result.shortMessage ?? '') : output,
    endedBy: result.signal,
    tookTooLong: ending.tookTooLong(),
  };
}

function endWithSignal(
  pid: number | undefined,
  signal: AbortSignal,
  limit: number | undefined,
): { stop(): void; tookTooLong(): boolean } {
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
    stop: () => {
      signal.removeEventListener('abort', end);
      for (const timer of timers) clearTimeout(timer);
      // its leader is gone; whatever that left behind must not go on writing into a folder that is about to be deleted
      if (signal.aborted || late) endGroup(pid, 'SIGKILL');
    },
  };
}

function endGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', String(pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true }).on(
      'error',
      () => undefined,
    );
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

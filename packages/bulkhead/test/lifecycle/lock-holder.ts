import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { LeaseTimes } from '../../src/lifecycle/lock-folder.ts';

const PROGRAM = fileURLToPath(new URL('../fixtures/programs/holds-lock.mjs', import.meta.url));

/** How a process is put where its pid means nothing to others, as a container does. */
export const PLACES = {
  here: [],
  'under another host name': ['unshare', '--uts', 'sh', '-c', 'hostname elsewhere && exec "$@"', 'sh'],
  'in another process name space': ['unshare', '--pid', '--fork', '--mount-proc'],
  'where new files are open to all': ['sh', '-c', 'umask 000 && exec "$@"', 'sh'],
  'where new files are closed to all': ['sh', '-c', 'umask 777 && exec "$@"', 'sh'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Place = keyof typeof PLACES;

/** Only root may do so. */
export const canUnshare: boolean =
  process.platform === 'linux' && spawnSync('unshare', ['--uts', '--pid', '--fork', 'true']).status === 0;

/** Another process that holds the lock `a.lock` of a folder. */
export class LockHolder implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess, lines: Interface) {
    this.#child = child;
    this.#lines = lines[Symbol.asyncIterator]();
  }

  static async start(place: Place, folder: string, { renewal, lease }: LeaseTimes): Promise<LockHolder> {
    const [file = '', ...args] = [...PLACES[place], process.execPath, PROGRAM, folder, String(renewal), String(lease)];
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    const holder = new LockHolder(child, createInterface({ input: child.stdout }));
    await holder.says('held');
    return holder;
  }

  tell(command: 'confirm' | 'release' | 'block'): void {
    this.#child.stdin?.write(`${command}\n`);
  }

  /** Waits for its next line, which has to be this one. */
  async says(expected: string): Promise<void> {
    const { value } = (await this.#lines.next()) as { value: string | undefined };
    if (value !== expected) throw new Error(`it said ${value}, not ${expected}`);
  }

  /** Of node itself: `unshare --fork` is its parent. */
  get pid(): number {
    const pid = this.#child.pid as number;
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ');
    const isNode = readFileSync(`/proc/${pid}/comm`, 'latin1').startsWith('node');
    return isNode ? pid : Number(child);
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, 'close');
    this.signal('SIGKILL');
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

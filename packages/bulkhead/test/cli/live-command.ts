import { once } from 'node:events';
import type { Outcome, Workshop } from './workshop.ts';

/** A command that goes on until it is ended: what it has written so far can be waited for. */
export class LiveCommand implements AsyncDisposable {
  readonly #process: ReturnType<Workshop['start']>;
  readonly #written = { stdout: '', stderr: '' };
  /** How far each was read by `until`. */
  readonly #read = { stdout: 0, stderr: 0 };

  constructor(process: ReturnType<Workshop['start']>) {
    this.#process = process;
    for (const stream of ['stdout', 'stderr'] as const)
      process[stream].on('data', (data: Buffer) => (this.#written[stream] += data.toString()));
  }

  /** Waits for a line, or part of one, behind the last that was waited for. @throws when the command ends without */
  async until(stream: 'stdout' | 'stderr', text: string): Promise<string> {
    for (;;) {
      const found = this.#written[stream].indexOf(text, this.#read[stream]);
      if (found >= 0) {
        const begin = this.#read[stream];
        this.#read[stream] = found + text.length;
        return this.#written[stream].slice(begin, this.#read[stream]);
      }
      const more = await Promise.race([once(this.#process[stream], 'data'), this.#process]);
      if (!Array.isArray(more))
        throw new Error(`it ended without "${text}":\n${this.#written.stdout}\n${this.#written.stderr}`);
    }
  }

  get stdout(): string {
    return this.#written.stdout;
  }

  get stderr(): string {
    return this.#written.stderr;
  }

  async end(signal: NodeJS.Signals = 'SIGINT'): Promise<Outcome> {
    this.#process.kill(signal);
    return await this.ended();
  }

  /** Waits until it ends by itself. */
  async ended(): Promise<Outcome> {
    const { exitCode, stdout, stderr } = await this.#process;
    return { exitCode, stdout, stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGTERM');
    await this.#process;
  }
}

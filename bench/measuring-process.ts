import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

const PATIENCE_MILLISECONDS = 120_000;

/** A program that measures on command: a command a line in, an answer a line out, as `answerCommands` gives it. */
export class MeasuringProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor(command: string, parameters: readonly string[]) {
    this.#child = spawn(command, parameters, {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, BULKHEAD_LOG: 'silent' },
    });
    this.#child.on('error', () => {});
    this.#child.stdin?.on('error', () => {}); // the end of the answers says that it is gone
    this.#answers = createInterface({ input: this.#child.stdout as NonNullable<ChildProcess['stdout']> })[
      Symbol.asyncIterator
    ]();
  }

  /** @throws Error when the program has ended, or is silent for too long */
  async ask<Answer>(command: string): Promise<Answer> {
    this.#child.stdin?.write(`${command}\n`);
    const answered = new AbortController();
    const limit = delay(PATIENCE_MILLISECONDS, undefined, { signal: answered.signal }).catch(() => {});
    try {
      for (;;) {
        const line = await Promise.race([this.#answers.next(), limit]);
        if (line === undefined) throw new Error(`no answer to "${command}" in ${PATIENCE_MILLISECONDS / 1000} s`);
        if (line.done === true) throw new Error(`it ended at "${command}"`);
        if (line.value.startsWith('ANSWER ')) return JSON.parse(line.value.slice(7)) as Answer;
      }
    } finally {
      answered.abort();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.stdin?.end();
    const ended = new AbortController();
    const forced = delay(10_000, undefined, { signal: ended.signal }).then(
      () => this.#child.kill('SIGKILL'),
      () => {},
    );
    await exited;
    ended.abort();
    await forced;
  }
}

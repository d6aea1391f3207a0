/** Calls whose answers come in the order of the calls, as on a pipe without numbers. */
export class Fifo<Answer> {
  readonly #waiting: { resolve(answer: Answer): void; reject(error: unknown): void }[] = [];
  #head = 0;
  #failure: Error | undefined;

  next(): Promise<Answer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  answer(value: Answer): void {
    this.#waiting[this.#head]?.resolve(value);
    this.#head += 1;
    if (this.#head < 1024) return;
    this.#waiting.splice(0, this.#head);
    this.#head = 0;
  }

  fail(error: Error): void {
    this.#failure = error;
    for (const { reject } of this.#waiting.slice(this.#head)) reject(error);
  }
}

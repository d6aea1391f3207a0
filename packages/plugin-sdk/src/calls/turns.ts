/** Lets so many run at the same time; the others wait in their order. */
export class Turns {
  readonly #most: number;
  #running = 0;
  readonly #waiting = new Set<() => void>();

  constructor(most: number) {
    this.#most = most;
  }

  get isOneByOne(): boolean {
    return this.#most === 1;
  }

  get areWanted(): boolean {
    return this.#waiting.size > 0;
  }

  /** At once (undefined), or when it is its turn. @param giveUp is handed what takes the wait back */
  enter(giveUp?: (leaveQueue: () => void) => void): Promise<void> | undefined {
    if (this.#running < this.#most) {
      this.#running += 1;
      return undefined;
    }
    return new Promise((resolve) => {
      this.#waiting.add(resolve);
      giveUp?.(() => void this.#waiting.delete(resolve));
    });
  }

  leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#running -= 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}

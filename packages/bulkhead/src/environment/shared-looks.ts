import { abortable } from '../lifecycle/wait.ts';

interface Look {
  readonly found: Promise<unknown>;
  readonly controller: AbortController;
  /** Those who wait for it. */
  asking: number;
  /** What those share who ask while this one is under way. */
  next: Look | undefined;
}

/**
 * Looks at what is the same for all plugins, such as the Pythons of this machine, for all that ask at the same time. Who asks while a
 * look is under way shares the one after it: so nobody is told what was before the question.
 */
export class SharedLooks {
  readonly #isSurvey: boolean;
  readonly #looks = new Map<unknown, Look>();

  /** @param isSurvey one look answers all questions, also those that come later: for who looks at many plugins, and then is done */
  constructor(isSurvey = false) {
    this.#isSurvey = isSurvey;
  }

  /**
   * What `look` finds. Its signal is aborted when nobody waits for it any more.
   *
   * @param what tells the looks apart: a name, or the object that it is about
   */
  async find<Found>(
    what: unknown,
    look: (signal: AbortSignal) => Promise<Found>,
    signal?: AbortSignal,
  ): Promise<Found> {
    signal?.throwIfAborted();
    const shared = this.#lookFor(what, look);
    shared.asking += 1;
    try {
      const found = shared.found as Promise<Found>;
      return await (signal === undefined ? found : abortable(found, signal));
    } finally {
      shared.asking -= 1;
      if (shared.asking === 0 && signal?.aborted === true) shared.controller.abort(signal.reason);
    }
  }

  #lookFor(what: unknown, look: (signal: AbortSignal) => Promise<unknown>): Look {
    const running = this.#looks.get(what);
    if (running === undefined) return this.#begin(what, look, Promise.resolve());
    if (this.#isSurvey) return running;
    return (running.next ??= this.#begin(what, look, running.found));
  }

  #begin(what: unknown, look: (signal: AbortSignal) => Promise<unknown>, after: Promise<unknown>): Look {
    const controller = new AbortController();
    const begin = async (): Promise<unknown> => {
      this.#looks.set(what, begun);
      controller.signal.throwIfAborted();
      return await look(controller.signal);
    };
    const found = after.then(begin, begin);
    const begun: Look = { found, controller, asking: 0, next: undefined };
    if (!this.#looks.has(what)) this.#looks.set(what, begun);
    const over = (): void => {
      if (!this.#isSurvey && begun.next === undefined) this.#looks.delete(what);
    };
    found.then(over, over);
    return begun;
  }
}

import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { Places } from '../../../lifecycle/places.ts';
import { abortable } from '../../../lifecycle/wait.ts';

/** Node resolves names on the four threads that also read this host's files. A slow name server leaves it two. */
const AT_ONCE = 2;

type Resolve = (name: string) => Promise<readonly LookupAddress[]>;

/** Resolves names for all plugins of a host, as the host would for itself. */
export class Names {
  readonly #places = new Places(AT_ONCE);
  readonly #resolve: Resolve;

  constructor(resolve: Resolve = async (name) => await lookup(name, { all: true })) {
    this.#resolve = resolve;
  }

  /** @throws what the system says; or the signal's reason */
  async addressesOf(name: string, signal: AbortSignal): Promise<readonly LookupAddress[]> {
    const leave = await this.#places.enter(signal);
    // Nothing stops a question to the system: its place is taken until that is answered.
    return await abortable(this.#resolve(name).finally(leave), signal);
  }
}

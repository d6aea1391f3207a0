import { identifyInside, type ProcessIdentity } from '../../lifecycle/process-identity.ts';

/** In its name space; see the SDK's _sandbox/namespaces.py. */
const PLUGIN = 2;

/**
 * Where a plugin's code runs. In name spaces that is no process that this host has started: a keeper stands between, which
 * leads the group and ends as the plugin ended.
 */
export class KeptProcess {
  readonly #started: ProcessIdentity;
  readonly #mayBeKeeper: boolean;
  #inside: ProcessIdentity | undefined;

  /** @param mayBeKeeper whether to look for a process in name spaces; there is none before HELLO */
  constructor(started: ProcessIdentity, mayBeKeeper: boolean) {
    this.#started = started;
    this.#mayBeKeeper = mayBeKeeper;
  }

  /** Whether it is in name spaces. */
  get isInside(): boolean {
    if (this.#mayBeKeeper) this.#inside ??= identifyInside(PLUGIN, this.#started.pid);
    return this.#inside !== undefined;
  }

  get identity(): ProcessIdentity {
    return this.isInside ? (this.#inside as ProcessIdentity) : this.#started;
  }
}

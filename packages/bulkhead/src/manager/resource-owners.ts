import type { ResourceOwner } from '../resources/claim.ts';
import type { CallReceiver } from '../session/call-receiver.ts';

/** The owners that running calls are as far as resources are concerned: one for each, made when it is first asked for. */
export class ResourceOwners {
  readonly #owners = new WeakMap<CallReceiver, ResourceOwner>();

  of(call: CallReceiver): ResourceOwner {
    const known = this.#owners.get(call);
    if (known !== undefined) return known;
    const { path = [], action, awaitedBy } = call;
    const owner: ResourceOwner = {
      name: [...path.slice(-1), action].join('.'),
      awaitedBy: awaitedBy === undefined ? undefined : this.of(awaitedBy),
    };
    this.#owners.set(call, owner);
    return owner;
  }
}

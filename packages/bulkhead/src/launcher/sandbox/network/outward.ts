import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import { wordsForDenied } from '../../../lifecycle/denied-host.ts';
import { Limit } from '../../../lifecycle/limit.ts';
import { messageOf } from '../../../lifecycle/message-of.ts';
import type { HostRule } from '../../../registry/fields/launch/host-rule.ts';
import { AllowedHosts } from './allowed-hosts.ts';
import type { Names } from './names.ts';
import { Refusal } from './refusal.ts';
import { underEither } from '../../../lifecycle/under-either.ts';

const CONNECT_MILLISECONDS = 30_000;

/** Connects a plugin to the hosts that it may reach, each by an address that was judged. */
export class Outward {
  readonly #allowed: AllowedHosts;
  readonly #names: Names;
  readonly #denied: (target: string) => void;

  /** @param denied called for each refusal that a line of the registry would cure */
  constructor(rules: readonly HostRule[], names: Names, denied: (target: string) => void) {
    this.#allowed = new AllowedHosts(rules);
    this.#denied = denied;
    this.#names = names;
  }

  /** @throws Refusal; or the signal's reason */
  async connect(host: string, port: number, signal: AbortSignal): Promise<Socket> {
    const limit = new AbortController();
    const timer = new Limit(CONNECT_MILLISECONDS, () =>
      limit.abort(new Refusal('unreachable', `${hostAndPort(host, port)} did not answer in time`)),
    );
    try {
      return await underEither([signal, limit.signal], (either) => this.#connect(host, port, either));
    } finally {
      timer.clear();
    }
  }

  async #connect(host: string, port: number, signal: AbortSignal): Promise<Socket> {
    const target = hostAndPort(host, port);
    if (!this.#allowed.permits(host, port)) this.#deny(target);
    const found = await this.#addressesOf(host, signal);
    const addresses = found.filter(({ address }) => isIP(host) !== 0 || this.#allowed.mayLeadTo(address, port));
    const [hidden] = found;
    if (addresses.length === 0 && hidden !== undefined)
      this.#deny(hostAndPort(hidden.address, port), `, where ${host} leads`);
    // The name is not resolved again: what was judged is what is connected to.
    const judged: LookupFunction = (_, options, take) =>
      options.all ? take(null, [...addresses]) : take(null, addresses[0]?.address ?? '', addresses[0]?.family);
    const socket = connect({ host, port, lookup: judged, autoSelectFamily: true, allowHalfOpen: true, noDelay: true });
    socket.unref().on('error', () => {}); // it closes
    try {
      await once(socket, 'connect', { signal });
      return socket;
    } catch (error) {
      socket.destroy();
      signal.throwIfAborted();
      throw new Refusal('unreachable', `${target} can't be reached: ${messageOf(error)}`);
    }
  }

  async #addressesOf(host: string, signal: AbortSignal): Promise<readonly LookupAddress[]> {
    const version = isIP(host);
    if (version !== 0) return [{ address: host, family: version }];
    try {
      return await this.#names.addressesOf(host, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw new Refusal('unreachable', `${host} can't be found: ${messageOf(error)}`);
    }
  }

  #deny(target: string, why = ''): never {
    this.#denied(target);
    throw new Refusal('denied', `${wordsForDenied(target)}${why}`);
  }
}

function hostAndPort(host: string, port: number): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

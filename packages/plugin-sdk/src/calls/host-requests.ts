import { encode, Kind, type RemoteFailure } from '@bulkhead/protocol';
import type { HostCallOptions, Lease, LockOptions } from '../author/context.ts';
import { Cancelled, RemoteError } from '../author/errors.ts';
import type { DataChannel } from '../wire/data-channel.ts';

interface Pending {
  readonly call: number;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** What running calls ask the host for: calls of other plugins, and resources. */
export class HostRequests {
  readonly #data: DataChannel;
  readonly #pending = new Map<number, Pending>();
  #last = 0;

  constructor(data: DataChannel) {
    this.#data = data;
  }

  async call(
    call: number,
    plugin: string,
    input: unknown,
    { action = 'execute', timeout, traceparent }: HostCallOptions,
  ): Promise<unknown> {
    this.#require('host_calls', 'calls of other plugins');
    const value = input ?? null;
    encode(value); // without its message, so that the path in an error starts at what the author knows
    const options = {
      ...(timeout === undefined ? {} : { timeout }),
      ...(traceparent === undefined ? {} : { traceparent }),
    };
    const { answer, id } = this.#ask(call);
    this.#send(id, () => this.#data.send([Kind.HostCall, id, call, plugin, action, value, options]));
    return await answer;
  }

  async lock(call: number, name: string, wanted: LockOptions): Promise<Lease> {
    this.#require('resources', 'resources');
    const options = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
    const { answer, id } = this.#ask(call);
    this.#send(id, () => this.#data.send([Kind.Acquire, id, call, name, options]));
    let isHeld = true;
    const release = (): void => {
      if (isHeld) this.#data.send([Kind.Release, id, call]);
      isHeld = false;
    };
    try {
      const { token } = (await answer) as { readonly token: number };
      return { name, token, release, [DISPOSE]: async () => release() } as Lease;
    } catch (error) {
      if (error instanceof Cancelled) release(); // it may be granted meanwhile
      throw error;
    }
  }

  answered(id: number, value: unknown): void {
    this.#take(id)?.resolve(value);
  }

  failed(id: number, { code, message, data }: RemoteFailure): void {
    this.#take(id)?.reject(new RemoteError(code, message, data));
  }

  /** The call is cancelled, or over: nobody waits for what it has asked for. */
  giveUp(call: number): void {
    for (const [id, pending] of this.#pending) if (pending.call === call) this.#take(id)?.reject(new Cancelled());
  }

  #require(feature: string, what: string): void {
    if (!this.#data.hasAgreed(feature)) throw new Error(`this host does not offer ${what}`);
  }

  #ask(call: number): { readonly id: number; readonly answer: Promise<unknown> } {
    const id = ++this.#last;
    const answer = new Promise((resolve, reject) => {
      this.#pending.set(id, { call, resolve, reject });
    });
    return { id, answer };
  }

  #send(id: number, send: () => void): void {
    try {
      send();
    } catch (error) {
      this.#pending.delete(id);
      throw error;
    }
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }
}

/** Node 20 has it, but names it so only for TypeScript's helpers. */
const DISPOSE: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose');

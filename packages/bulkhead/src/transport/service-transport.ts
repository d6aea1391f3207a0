import type { Buffer } from 'node:buffer';
import { FrameTooLargeError, type HostMessage, Kind, PROTOCOL_RANGE, type PluginMessage } from '@bulkhead/protocol';
import { asReason } from '../errors/as-reason.ts';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import type { ServiceEndpoint } from '../launcher/running-instance.ts';
import { type Deferred, deferred } from '../lifecycle/deferred.ts';
import { isRecord } from '../lifecycle/is-record.ts';
import { settlesWithin } from '../lifecycle/wait.ts';
import { SERVICE_ACTION, serviceCodecs } from './service-codec.ts';
import { ServiceConnection, ServiceLost } from './service-connection.ts';
import type { CloseInfo, FrameReceiver, Transport, TransportLimits } from './transport.ts';

/** What a service's answer has to be. */
const EXPECTED = '{"status": "success", "result": …} or {"status": "error", "error": …}';
/** Characters of an answer that is something else. */
const LONGEST_SHOWN = 80;
/** What a service has sent before its end arrives within this time. */
const LAST_WORDS_MILLISECONDS = 100;

interface Request {
  readonly id: number;
  readonly action: string;
  readonly bytes: Uint8Array;
}

interface Origin {
  readonly plugin: string;
  readonly limits: TransportLimits;
}

/**
 * A service that knows nothing of sessions: it answers one request after the other. This plays the plugin's part of the
 * conversation for it, so that it is a plugin as any other: with the same limits, the same errors, in the same pool.
 */
export class ServiceTransport implements Transport {
  readonly closed: Promise<CloseInfo>;
  readonly #endpoint: ServiceEndpoint;
  readonly #origin: Origin;
  readonly #closing: Deferred<CloseInfo> = deferred();
  readonly #connecting = new AbortController();
  readonly #unsent: Request[] = [];
  #receiver: FrameReceiver | undefined;
  #connection: ServiceConnection | undefined;
  #isAsking = false;
  #isClosed = false;
  /** SHUTDOWN came: BYE follows the last answer. */
  #isLeaving = false;

  constructor(endpoint: ServiceEndpoint, origin: Origin) {
    this.#endpoint = endpoint;
    this.#origin = origin;
    this.closed = this.#closing.promise;
    void endpoint.gone.then(async () => {
      if (this.#isAsking) await settlesWithin(this.closed, LAST_WORDS_MILLISECONDS);
      this.#close({ by: 'peer' });
    });
  }

  open(receiver: FrameReceiver): void {
    this.#receiver = receiver;
    void this.#connect();
  }

  useBodies(): void {}

  greeted(): void {}

  /** @throws CodecError */
  send(message: HostMessage): number {
    if (this.#isClosed) return 0;
    const [kind, id] = message;
    switch (kind) {
      case Kind.Call:
        return this.#call(id, message[2], message[3]);
      case Kind.Cancel:
        this.#cancel(id);
        break;
      case Kind.Welcome:
        this.#say([Kind.Ready, 0, { metadata: {}, actions: { [SERVICE_ACTION]: {} } }]);
        break;
      case Kind.Ping:
        if (this.#isAsking || this.#connection?.isConnected !== false) this.#say([Kind.Pong, id]);
        break;
      case Kind.Shutdown:
        this.#isLeaving = true;
        this.#leaveWhenDone();
        break;
      default: // of what it has no feature for
    }
    return 1;
  }

  get writable(): Promise<void> {
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close({ by: 'local' });
    await this.closed;
  }

  async #connect(): Promise<void> {
    const { open, address, patience } = this.#endpoint;
    try {
      const connection = await ServiceConnection.open(open, address, patience, this.#connecting.signal);
      if (this.#isClosed) return connection.close();
      this.#connection = connection;
      this.#say(HELLO);
    } catch (error) {
      this.#close({ by: 'failed', error: this.#unreachable(error as Error) });
    }
  }

  #call(id: number, action: string, input: unknown): number {
    const { frame } = this.#origin.limits;
    const bytes = serviceCodecs[this.#endpoint.codec].encode(action, input);
    if (bytes.length > frame) throw new FrameTooLargeError(bytes.length, frame);
    this.#unsent.push({ id, action, bytes });
    if (!this.#isAsking) void this.#askAll();
    return bytes.length;
  }

  /** What the service has been asked can't be taken back. */
  #cancel(id: number): void {
    const index = this.#unsent.findIndex((request) => request.id === id);
    if (index < 0) return;
    this.#unsent.splice(index, 1);
    this.#say([Kind.Failure, id, { code: 'CALL_CANCELLED', message: 'it was cancelled before the service had it' }]);
  }

  async #askAll(): Promise<void> {
    this.#isAsking = true;
    try {
      for (let next = this.#unsent.shift(); next !== undefined; next = this.#unsent.shift()) {
        const connection = this.#connection;
        if (connection === undefined || this.#isClosed) return;
        this.#answer(next, await connection.ask(next.bytes));
      }
    } catch (error) {
      this.#close({ by: 'failed', error: this.#lost(error as Error) });
    } finally {
      this.#isAsking = false;
    }
    this.#leaveWhenDone();
  }

  #answer({ id, action }: Request, [empty, answer, ...more]: readonly Buffer[]): void {
    if (this.#isClosed) return;
    if (empty?.length !== 0 || answer === undefined || more.length > 0)
      return this.#refuse(id, action, 'a message of other parts than a REP socket sends', empty?.length ?? 0);
    const { frame } = this.#origin.limits;
    const refusal = { length: answer.length, kind: Kind.Result, id, fatal: false };
    if (answer.length > frame) {
      this.#receiver?.refused({ error: new FrameTooLargeError(answer.length, frame), ...refusal });
      return;
    }
    const codec = serviceCodecs[this.#endpoint.codec];
    let value: unknown;
    try {
      value = codec.decode(answer);
    } catch {
      return this.#refuse(
        id,
        action,
        `${answer.length} bytes that are no ${codec.name}: ${shown(answer)}`,
        answer.length,
      );
    }
    if (isRecord(value) && value['status'] === 'success') this.#deliver([Kind.Result, id, value['result'] ?? null]);
    else if (isRecord(value) && value['status'] === 'error')
      this.#deliver([Kind.Failure, id, failureOf(value['error'])]);
    else this.#refuse(id, action, shown(JSON.stringify(value)), answer.length);
  }

  #refuse(id: number, action: string, came: string, length: number): void {
    const error = new BulkheadError('SERVICE_ANSWER_INVALID', {
      plugin: this.#origin.plugin,
      action,
      came,
      expected: EXPECTED,
    });
    this.#receiver?.refused({ error, length, kind: Kind.Result, id, fatal: false });
  }

  #leaveWhenDone(): void {
    if (!this.#isLeaving || this.#isAsking || this.#isClosed) return;
    this.#endpoint.dismiss();
    this.#say([Kind.Bye, 0]);
  }

  /** Later, as from any peer. */
  #say(message: PluginMessage): void {
    queueMicrotask(() => this.#deliver(message));
  }

  #deliver(message: PluginMessage): void {
    if (!this.#isClosed) this.#receiver?.message(message);
  }

  #close(info: CloseInfo): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#connecting.abort();
    this.#connection?.close();
    this.#endpoint.closed(info.error);
    this.#closing.resolve(info);
  }

  #lost(error: Error): BulkheadError {
    const { plugin, limits } = this.#origin;
    const tooLarge = `what it answered is more than ${limits.frame} bytes (\`limits.frame\`) or not of ZeroMQ`;
    const reason = error instanceof ServiceLost ? `${error.message}, or ${tooLarge}` : asReason(error.message);
    return new BulkheadError('PLUGIN_DISCONNECTED', { plugin, reason }, { cause: error });
  }

  #unreachable({ message }: Error): BulkheadError {
    const { plugin } = this.#origin;
    const { address } = this.#endpoint;
    return new BulkheadError('SERVICE_UNREACHABLE', { plugin, address, reason: asReason(message) });
  }
}

const HELLO: PluginMessage = [
  Kind.Hello,
  0,
  {
    protocol: PROTOCOL_RANGE,
    features: [],
    sdk: { name: 'none', version: '-' },
    language: { name: 'unknown', version: '-' },
    environment: '',
  },
];

/** `error` is text, or a mapping with the keys that an exception of a plugin has. */
function failureOf(error: unknown): { code: string; message: string; type?: string; traceback?: string } {
  const { message = error, type, traceback } = isRecord(error) ? error : {};
  return {
    code: 'PLUGIN_RAISED',
    message: typeof message === 'string' ? message : (JSON.stringify(message ?? null) ?? ''),
    ...(typeof type === 'string' ? { type } : {}),
    ...(typeof traceback === 'string' ? { traceback } : {}),
  };
}

function shown(answer: Buffer | string): string {
  const text = typeof answer === 'string' ? answer : answer.subarray(0, LONGEST_SHOWN).toString('latin1');
  return typeof answer === 'string' ? text.slice(0, LONGEST_SHOWN) : JSON.stringify(text);
}

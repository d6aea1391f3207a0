import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import { isRecord } from '../lifecycle/is-record.ts';
import { messageOf } from '../lifecycle/message-of.ts';

/** One request to an engine's HTTP API. */
export interface EngineRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Without the version of the API. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as a tar archive. */
  readonly archive?: Readable;
  /** What it does, for errors: `start a container`. */
  readonly task: string;
  readonly signal: AbortSignal;
  /** It lasts as long as a container does, and keeps no program running. */
  readonly isLong?: boolean;
}

/** The engine understood a request and refused it. */
export class EngineRefusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The newest API that this client was written for; an engine that is older is spoken to in its own. */
const NEWEST_API = [1, 47] as const;
/** An answer is a description of one thing, or a list of few. */
const LARGEST_ANSWER_BYTES = 16 * 1024 * 1024;

/**
 * Speaks to an engine over its socket. Each request has a connection of its own: one that is kept would be broken after the
 * engine is restarted, and to open one costs a tenth of a millisecond.
 */
export class EngineConnection {
  readonly #socket: string;
  #prefix: Promise<string> | undefined;

  constructor(socket: string) {
    this.#socket = socket;
  }

  /**
   * @returns the answer, parsed; undefined if it is empty
   * @throws EngineRefusal; BulkheadError `ENGINE_UNAVAILABLE`, `ENGINE_NOT_PERMITTED`, `ENGINE_FAILED`; or the signal's reason
   */
  async ask(wanted: EngineRequest): Promise<unknown> {
    const text = await this.#guard(wanted, async () => textOf(await this.#answer(wanted)));
    return text === '' ? undefined : parse(text, wanted.task);
  }

  /** The answer as it comes. @throws as `ask` */
  async listen(wanted: EngineRequest): Promise<IncomingMessage> {
    return await this.#guard(wanted, () => this.#answer(wanted));
  }

  /** A connection that carries raw bytes from then on. @throws as `ask` */
  async upgrade(wanted: EngineRequest): Promise<Socket> {
    return await this.#guard(wanted, async () => {
      const json = wanted.body === undefined ? undefined : Buffer.from(JSON.stringify(wanted.body));
      const sent = await this.#send(wanted, { connection: 'Upgrade', upgrade: 'tcp', ...headersOf(json) });
      const answered = new Promise<Socket>((resolve, reject) => {
        sent.once('error', reject);
        sent.once('upgrade', (_, socket: Socket, head: Buffer) => {
          if (head.length > 0) socket.unshift(head);
          resolve(socket);
        });
        sent.once('response', (answer) => void refusal(answer).then(reject, reject));
      });
      sent.end(json);
      return await answered;
    });
  }

  async #answer(wanted: EngineRequest): Promise<IncomingMessage> {
    const { body, archive } = wanted;
    const json = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers = archive === undefined ? headersOf(json) : { 'content-type': 'application/x-tar' };
    const sent = await this.#send(wanted, headers);
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      sent.once('error', reject);
      sent.once('response', resolve);
      archive?.once('error', reject);
    });
    if (archive === undefined) sent.end(json);
    else {
      archive.pipe(sent);
      sent.once('close', () => archive.destroy()); // an engine may refuse it half-way, and its files would stay open
    }
    const answer = await answered;
    if ((answer.statusCode ?? 0) >= 400) throw await refusal(answer);
    return answer;
  }

  async #send(
    { method, path, query = {}, signal, isLong = false }: EngineRequest,
    headers: Readonly<Record<string, string>>,
  ): Promise<ClientRequest> {
    const prefix = await (this.#prefix ??= this.#negotiate(signal).catch((error: unknown) => {
      this.#prefix = undefined;
      throw error;
    }));
    signal.throwIfAborted();
    const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const search = given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
    const sent = this.#open(method, `${prefix}${path}${search}`, signal, headers);
    return isLong ? sent.once('socket', (socket) => socket.unref()) : sent;
  }

  /** Engines refuse versions that they are too old for, and, after some years, those that are too old for them. */
  async #negotiate(signal: AbortSignal): Promise<string> {
    const sent = this.#open('GET', '/_ping', signal);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      sent.once('error', reject);
      sent.once('response', resolve);
      sent.end();
    });
    answer.resume();
    const version = /^(\d+)\.(\d+)$/.exec(String(answer.headers['api-version'] ?? ''));
    if (version === null) throw new Error('what answers there is no container engine');
    const [own, ownMinor] = NEWEST_API;
    const isNewer = Number(version[1]) > own || Number(version[2]) > ownMinor;
    return `/v${isNewer ? NEWEST_API.join('.') : version[0]}`;
  }

  #open(
    method: string,
    path: string,
    signal: AbortSignal,
    headers: Readonly<Record<string, string>> = {},
  ): ClientRequest {
    return request({
      socketPath: this.#socket,
      agent: false,
      method,
      path,
      signal,
      headers: { host: 'engine', ...headers },
    });
  }

  async #guard<Result>({ task, signal }: EngineRequest, work: () => Promise<Result>): Promise<Result> {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof EngineRefusal) throw error;
      throw this.#explain(error as NodeJS.ErrnoException, task);
    }
  }

  #explain(error: NodeJS.ErrnoException, task: string): BulkheadError {
    const address = this.#socket;
    switch (error.code) {
      case 'EACCES':
      case 'EPERM':
        return new BulkheadError('ENGINE_NOT_PERMITTED', { address }, { cause: error });
      case 'ENOENT':
        return new BulkheadError(
          'ENGINE_UNAVAILABLE',
          { address, reason: 'there is no such socket' },
          { cause: error },
        );
      case 'ECONNREFUSED':
        return new BulkheadError('ENGINE_UNAVAILABLE', { address, reason: 'nobody listens on it' }, { cause: error });
      case 'ENOTSOCK':
        return new BulkheadError('ENGINE_UNAVAILABLE', { address, reason: 'it is no socket' }, { cause: error });
      default: {
        const reason = error.code === 'ECONNRESET' ? 'it went away before it had answered' : messageOf(error);
        return new BulkheadError('ENGINE_FAILED', { task, reason }, { cause: error });
      }
    }
  }
}

function headersOf(json: Buffer | undefined): Readonly<Record<string, string>> {
  return json === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(json.length) };
}

async function refusal(answer: IncomingMessage): Promise<EngineRefusal> {
  const text = await textOf(answer);
  let message = text.trim();
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value) && typeof value['message'] === 'string') message = value['message'];
  } catch {
    // words, as they are
  }
  return new EngineRefusal(answer.statusCode ?? 0, message);
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_ANSWER_BYTES) throw new Error('its answer is longer than 16 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parse(text: string, task: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BulkheadError('ENGINE_FAILED', { task, reason: 'its answer is no JSON' }, { cause: error });
  }
}

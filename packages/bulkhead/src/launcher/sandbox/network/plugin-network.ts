import { createServer, type IncomingMessage, request, type Server as HttpServer, type ServerResponse } from 'node:http';
import type { Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream';
import { visibleLine } from '../../../lifecycle/visible-text.ts';
import type { Outward } from './outward.ts';
import { Refusal } from './refusal.ts';
import { serveSocks, SOCKS_VERSION } from './socks.ts';
import { tunnel } from './tunnel.ts';
import { underEither } from '../../../lifecycle/under-either.ts';

/** Connections of one plugin at the same time. */
const MOST_CONNECTIONS = 128;
/** It has this long for what it asks; what comes afterwards may take any time. */
const REQUEST_MILLISECONDS = 30_000;
const LONGEST_REASON = 300;
/** What concerns one connection is not passed on; RFC 9110, 7.6.1. */
const OF_ONE_CONNECTION = ['connection', 'keep-alive', 'proxy-connection', 'proxy-authorization', 'te', 'upgrade'];

/**
 * The way out of a plugin in a name space without networks: a proxy that speaks HTTP and SOCKS 5 on a socket that listens in
 * there. Whatever the plugin sends, all that it can end or hold up is its own connections.
 */
export class PluginNetwork {
  readonly #outward: Outward;
  readonly #http: HttpServer;
  readonly #over = new AbortController();
  readonly #connections = new Set<Socket>();
  #listening: Server | undefined;

  constructor(outward: Outward) {
    this.#outward = outward;
    this.#http = createServer();
    this.#http.on('request', (asked, answer) => void this.#forward(asked, answer));
    this.#http.on('connect', (asked, client, head) => void this.#connect(asked, client, head));
    this.#http.on('clientError', (_, client) => client.destroy());
  }

  /** @param listening a socket of the plugin's name space */
  serve(listening: Server): void {
    if (this.#over.signal.aborted) return void listening.close();
    this.#listening = listening.unref();
    listening.maxConnections = MOST_CONNECTIONS;
    // A client may have sent all that it will, and wait for the answer.
    (listening as { allowHalfOpen?: boolean }).allowHalfOpen = true;
    listening.on('error', () => {}); // no descriptor is free: the connection waits
    listening.on('connection', (client) => this.#accept(client));
  }

  close(): void {
    this.#over.abort(new Refusal('unreachable', 'the plugin has ended'));
    this.#listening?.close();
    this.#http.close();
    for (const client of this.#connections) client.destroy();
  }

  #accept(client: Socket): void {
    client.unref().setNoDelay(true);
    this.#connections.add(client);
    client.once('close', () => this.#connections.delete(client));
    client.on('error', () => {}); // it closes
    client.setTimeout(REQUEST_MILLISECONDS, () => client.destroy());
    client.once('readable', () => {
      const first = client.read(1) as Buffer | null;
      client.setTimeout(0);
      if (first === null) return void client.destroy();
      client.unshift(first);
      if (first[0] !== SOCKS_VERSION) return void this.#http.emit('connection', client);
      const limit = AbortSignal.timeout(REQUEST_MILLISECONDS);
      underEither([this.#over.signal, limit], (either) => serveSocks(client, this.#outward, either)).catch(() =>
        client.destroy(),
      );
    });
  }

  /** CONNECT: from then on nothing of what passes is looked at. */
  async #connect(asked: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    client.on('error', () => {}); // it closes
    const target = targetOf(`connect://${asked.url ?? ''}`);
    if (target === undefined || !/:\d+$/.test(asked.url ?? '')) return void client.end(refusalText(400, 'Bad Request'));
    try {
      const other = await this.#outward.connect(target.hostname, Number(target.port), this.#over.signal);
      client.write('HTTP/1.1 200 Connected\r\n\r\n');
      if (head.length > 0) client.unshift(head);
      tunnel(client as Socket, other);
    } catch (error) {
      const { status, reason } = explained(error);
      client.end(refusalText(status, reason));
    }
  }

  /** A request without TLS, whose target is a whole address. */
  async #forward(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    asked.on('error', () => {}); // it closes
    answer.on('error', () => {});
    const target = targetOf(asked.url ?? '');
    if (target?.protocol !== 'http:')
      return refuse(answer, 400, 'This is a proxy: it takes CONNECT, and http:// addresses');
    try {
      const socket = await this.#outward.connect(target.hostname, Number(target.port || 80), this.#over.signal);
      const onward = request({
        createConnection: () => socket,
        method: asked.method,
        path: `${target.pathname}${target.search}`,
        headers: { ...passedOn(asked.headers), host: target.host, connection: 'close' },
      });
      onward.on('error', () => refuse(answer, 502, 'The server closed the connection'));
      onward.once('response', (response) => passBack(response, answer));
      answer.once('close', () => socket.destroy());
      pipeline(asked, onward, () => {});
    } catch (error) {
      const { status, reason } = explained(error);
      refuse(answer, status, reason);
    }
  }
}

/** What a server answers may be more than can be said again. */
function passBack(response: IncomingMessage, answer: ServerResponse): void {
  response.on('error', () => answer.destroy());
  try {
    answer.writeHead(response.statusCode ?? 502, asciiOf(response.statusMessage ?? ''), passedOn(response.headers));
    pipeline(response, answer, () => {});
  } catch {
    response.destroy();
    refuse(answer, 502, 'The server gave an answer that is not valid');
  }
}

/** @returns its `hostname` without brackets */
function targetOf(
  text: string,
): Pick<URL, 'protocol' | 'hostname' | 'host' | 'port' | 'pathname' | 'search'> | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, host, port, pathname, search } = new URL(text);
  return { protocol, hostname: hostname.replace(/^\[(.*)\]$/, '$1'), host, port, pathname, search };
}

function passedOn(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
  const named = String(headers.connection ?? '')
    .toLowerCase()
    .split(/\s*,\s*/);
  const left = new Set([...OF_ONE_CONNECTION, ...named]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !left.has(name)));
}

function explained(error: unknown): { readonly status: number; readonly reason: string } {
  if (!(error instanceof Refusal)) return { status: 502, reason: 'The proxy failed' };
  return { status: error.kind === 'denied' ? 403 : 502, reason: visibleLine(error.message, LONGEST_REASON) };
}

function refuse(answer: ServerResponse, status: number, reason: string): void {
  if (answer.headersSent) return void answer.destroy();
  answer.writeHead(status, asciiOf(reason), { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  answer.end(`${reason}\n`);
}

/** Most clients show the line of the status only. */
function refusalText(status: number, reason: string): string {
  return `HTTP/1.1 ${status} ${asciiOf(reason)}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
}

function asciiOf(text: string): string {
  return text.replaceAll(/[^ -~]/g, '?');
}

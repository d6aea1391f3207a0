import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { deferred, type Deferred } from '../../src/lifecycle/deferred.ts';

type Body = Readonly<Record<string, unknown>>;

interface DapMessage {
  readonly type: 'response' | 'event' | 'request';
  readonly request_seq?: number;
  readonly command?: string;
  readonly event?: string;
  readonly success?: boolean;
  readonly message?: string;
  readonly body?: Body;
}

/** As much of an editor as attaches, sets breakpoints and looks at variables: Debug Adapter Protocol, JSON behind a Content-Length. */
export class DapClient implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #answers = new Map<number, Deferred<Body>>();
  /** Events that nobody has asked for yet. */
  readonly #events: DapMessage[] = [];
  #waiting: (() => void)[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #sequence = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (data: Buffer) => this.#receive(data));
    socket.on('error', () => {});
    socket.once('close', () => {
      for (const answer of this.#answers.values()) answer.reject(new Error('the debugger has closed the connection'));
    });
  }

  static async connect(host: string, port: number): Promise<DapClient> {
    const socket = connect({ host, port });
    await once(socket, 'connect');
    return new DapClient(socket);
  }

  /** Attaches and sets breakpoints; behind it the plugin runs under the debugger. */
  async attach(file: string, lines: readonly number[]): Promise<void> {
    await this.request('initialize', { adapterID: 'test', clientID: 'test', pathFormat: 'path', linesStartAt1: true });
    const attached = this.request('attach', { justMyCode: true, redirectOutput: false });
    await this.event('initialized');
    await this.request('setBreakpoints', { source: { path: file }, breakpoints: lines.map((line) => ({ line })) });
    await this.request('configurationDone');
    await attached;
  }

  /** Waits until a breakpoint is hit. */
  async stopped(): Promise<{ readonly thread: number; readonly frame: number; readonly line: number }> {
    const { threadId } = await this.event('stopped');
    const { stackFrames } = await this.request('stackTrace', { threadId });
    const [{ id, line }] = stackFrames as [{ id: number; line: number }];
    return { thread: threadId as number, frame: id, line };
  }

  async evaluate(expression: string, frame: number): Promise<string> {
    const { result } = await this.request('evaluate', { expression, frameId: frame, context: 'watch' });
    return result as string;
  }

  /** The reference of a frame's local variables. */
  async localsOf(frame: number): Promise<number> {
    const { scopes } = await this.request('scopes', { frameId: frame });
    return (scopes as [{ variablesReference: number }])[0].variablesReference;
  }

  async request(command: string, body: Body = {}): Promise<Body> {
    const seq = ++this.#sequence;
    const answer = deferred<Body>();
    this.#answers.set(seq, answer);
    const text = JSON.stringify({ seq, type: 'request', command, arguments: body });
    this.#socket.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    return await answer.promise;
  }

  async event(name: string): Promise<Body> {
    for (;;) {
      const index = this.#events.findIndex(({ event }) => event === name);
      if (index >= 0) return this.#events.splice(index, 1)[0]?.body ?? {};
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.destroyed) return;
    this.#socket.destroy();
    await once(this.#socket, 'close');
  }

  #receive(data: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, data]);
    for (;;) {
      const end = this.#rest.indexOf('\r\n\r\n');
      const length = Number(/Content-Length: (\d+)/i.exec(this.#rest.subarray(0, Math.max(end, 0)).toString())?.[1]);
      if (end < 0 || this.#rest.length < end + 4 + length) return;
      const message = JSON.parse(this.#rest.subarray(end + 4, end + 4 + length).toString()) as DapMessage;
      this.#rest = this.#rest.subarray(end + 4 + length);
      this.#take(message);
    }
  }

  #take(message: DapMessage): void {
    if (message.type === 'event') {
      this.#events.push(message);
      for (const resolve of this.#waiting.splice(0)) resolve();
    } else if (message.type === 'response' && message.request_seq !== undefined) {
      const answer = this.#answers.get(message.request_seq);
      this.#answers.delete(message.request_seq);
      if (message.success === true) answer?.resolve(message.body ?? {});
      else answer?.reject(new Error(`${message.command} failed: ${message.message}`));
    }
  }
}

import type { Socket } from 'node:net';
import { TemplateKind, type TemplateRequest } from '@bulkhead/protocol';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import type { HideSecrets } from '../../lifecycle/hide-secrets.ts';
import { deferred, type Deferred } from '../../lifecycle/deferred.ts';
import type { ProcessIdentity } from '../../lifecycle/process-identity.ts';
import { settlesWithin } from '../../lifecycle/wait.ts';
import type { LedgerEntry } from '../ledger/ledger.ts';
import { ProcessChannel } from '../process-channel.ts';
import type { ProcessExit } from '../process/process-instance.ts';
import type { Diagnosis, ExitInfo, RunningInstance } from '../running-instance.ts';
import { Fork } from './fork.ts';
import type { ForkSockets } from './fork-sockets.ts';
import { PendingFork } from './pending-fork.ts';
import { readTemplateMessage, type TemplateMessage } from './template-message.ts';

/** How a template's import of the plugin ended. */
export type TemplateStart = Extract<TemplateMessage, { type: 'imported' | 'refused' | 'failed' }>;

/** A fork takes a few milliseconds. A template that takes this long was stopped, or hangs: spawning is quicker. */
export const ANSWER_MILLISECONDS = 1_500;
/** A process that exits closes its channel first. One that still runs after this has closed only the channel. */
const EXIT_MILLISECONDS = 500;

const NEVER_FORKED: ProcessExit = { code: null, signal: null };

/** The process of a template, wherever it runs. */
export interface TemplateProcess extends Pick<RunningInstance, 'exited' | 'diagnose' | 'stop'> {
  /** Resolves when it runs no more, which may be known before how it ended. */
  readonly gone: Promise<unknown>;
  /** Whether a signal has stopped it, so that it can't answer. */
  isStopped(): boolean;
  /** Who the process is on this machine that it says to have forked, and knows by this pid. */
  identify(pid: number): ProcessIdentity | 'child of another' | 'not told' | 'unseen';
}

export interface TemplateParts {
  readonly plugin: string;
  /** For the secrets that the plugin was given, in what it says. */
  readonly hide: HideSecrets;
  readonly process: TemplateProcess;
  readonly entry: LedgerEntry;
  readonly channel: Socket;
  /** Milliseconds that it has for its exit handlers. */
  readonly stopLimit: number;
  readonly sockets: ForkSockets;
  /** Records a fork of it, and keeps it to its limits; before it may be used. */
  readonly takeUp: (fork: Fork, role: 'instance' | 'spare') => Promise<void>;
  /** Makes an instance of a fork of it. */
  readonly instance: (fork: Fork, generation: number) => RunningInstance;
}

/** A process that has imported a plugin's module, and forks instances of it. */
export class Template {
  /** Undefined: it ended instead. */
  readonly started: Promise<TemplateStart | undefined>;
  /** Resolves when it will fork no more instances. */
  readonly retired: Promise<void>;
  readonly #parts: TemplateParts;
  readonly #process: TemplateProcess;
  readonly #channel: ProcessChannel<TemplateMessage, TemplateRequest>;
  readonly #start: Deferred<TemplateStart | undefined> = deferred();
  readonly #retirement: Deferred<void> = deferred();
  /** Requests that it has not answered, those that timed out included. */
  readonly #forks = new Map<number, PendingFork>();
  readonly #checks = new Map<number, Deferred<boolean>>();
  /** Forks whose exit it has not reported. */
  readonly #untold = new Set<number>();
  /** The exits of forks that live or are pending. */
  readonly #ends = new Map<number, Deferred<ProcessExit>>();
  #requests = 0;
  #hasStarted = false;
  #isUsable = true;
  #isHung = false;
  #isGone = false;
  #violation: BulkheadError | undefined;

  constructor(parts: TemplateParts) {
    this.#parts = parts;
    this.#process = parts.process;
    this.started = this.#start.promise;
    this.retired = this.#retirement.promise;
    this.#channel = new ProcessChannel(parts.channel, {
      read: (frame) => readTemplateMessage(frame, parts.hide),
      message: (message) => this.#receive(message),
      closed: (violation) => void this.#channelClosed(violation),
    });
    void this.#process.gone.then(() => (this.#isGone = true));
    void this.#process.exited.then(() => this.#onExit());
  }

  /** Whether it can still fork instances. */
  get isUsable(): boolean {
    return this.#isUsable;
  }

  /** Whether it has left a request without an answer. */
  get isHung(): boolean {
    return this.#isHung;
  }

  /** How it broke the protocol, if it was ended for that. */
  get violation(): BulkheadError | undefined {
    return this.#violation;
  }

  get exited(): Promise<ExitInfo> {
    return this.#process.exited;
  }

  diagnose(): Promise<Diagnosis> {
    return this.#process.diagnose();
  }

  /** Forks an instance. @returns undefined if that failed; then the template is retired */
  async fork(): Promise<Fork | undefined> {
    const number = ++this.#requests;
    const end = deferred<ProcessExit>();
    this.#ends.set(number, end);
    void end.promise.then(() => this.#forget(number));
    const offered = await this.#parts.sockets.offer(number).catch(() => undefined);
    const pending = offered === undefined ? undefined : new PendingFork(offered);
    if (pending === undefined || !this.#isUsable) {
      pending?.failed();
      return this.#notForked(end);
    }
    this.#forks.set(number, pending);
    this.#channel.send([TemplateKind.Fork, number]);
    if (!(await settlesWithin(pending.parts, ANSWER_MILLISECONDS))) {
      this.#isHung = true;
      pending.failed();
    }
    const parts = await pending.parts;
    if (parts === undefined) return this.#notForked(end);
    return new Fork(number, parts, this.#parts.entry.fork(number), end, {
      isGone: () => this.#isGone,
      isStopped: () => this.#process.isStopped(),
      signal: (signal, whom) => this.#channel.send([TemplateKind.Signal, number, signal, whom === 'its group']),
      leftUntold: () => this.#hangs(),
    });
  }

  #notForked(end: Deferred<ProcessExit>): undefined {
    this.#isUsable = false;
    end.resolve(NEVER_FORKED);
  }

  /** Records a fork of it, and keeps it to its limits; before it may be used. @throws BulkheadError `PLUGIN_LAUNCH_FAILED` */
  async takeUp(fork: Fork, role: 'instance' | 'spare'): Promise<void> {
    await this.#parts.takeUp(fork, role);
  }

  /** An instance that is a fork of it. */
  instanceOf(fork: Fork, generation: number): RunningInstance {
    return this.#parts.instance(fork, generation);
  }

  /** Whether the plugin's files are still those that it has imported; if not, it is retired. */
  async isCurrent(): Promise<boolean> {
    const number = ++this.#requests;
    const check = deferred<boolean>();
    this.#checks.set(number, check);
    this.#channel.send([TemplateKind.Check, number]);
    if (!(await settlesWithin(check.promise, ANSWER_MILLISECONDS))) this.#hangs();
    else if (!(await check.promise)) this.retire();
    return this.#isUsable;
  }

  /** Forks no more instances, and ends with the last of those that live. */
  retire(): void {
    this.#isUsable = false;
    this.#retirement.resolve();
    if (this.#ends.size === 0) void this.stop();
  }

  /**
   * Lets it run the exit handlers of what it has imported, within the limit of a stop. While instances live it is ended at
   * once, and they with it: without it the host would not learn of their ends.
   */
  async stop(): Promise<void> {
    this.#isUsable = false;
    this.#retirement.resolve();
    const mayLeave =
      this.#hasStarted &&
      this.#ends.size === 0 &&
      this.#violation === undefined &&
      !this.#isHung &&
      !this.#process.isStopped();
    if (mayLeave) this.#channel.send([TemplateKind.Leave, 0]);
    await this.#process.stop(mayLeave ? 'shutdown' : 'kill', this.#parts.stopLimit);
  }

  #hangs(): void {
    this.#isHung = true;
    this.retire();
  }

  /** Each request has one answer, and each fork one exit: a message beyond that is a violation. */
  #receive(message: TemplateMessage): string | undefined {
    switch (message.type) {
      case 'imported':
      case 'refused':
      case 'failed':
        if (this.#hasStarted) return 'it says a second time how its import ended';
        this.#hasStarted = true;
        this.#start.resolve(message);
        return undefined;
      case 'forked':
        return this.#forked(message.number, message.pid);
      case 'not-forked':
        return this.#answered(this.#forks, message.number, (pending) => pending.failed());
      case 'checked':
        return this.#answered(this.#checks, message.number, (check) => check.resolve(message.isCurrent));
      case 'exited':
        if (!this.#untold.delete(message.number)) return 'it tells of the exit of a process that it has not forked';
        this.#ends.get(message.number)?.resolve(message.exit);
        return undefined;
    }
  }

  #forked(number: number, pid: number): string | undefined {
    // The host will signal it, so it must not rely on the plugin's word.
    const identity = this.#process.identify(pid);
    if (identity === 'child of another') return `process ${pid} is no fork of it`;
    return this.#answered(this.#forks, number, (pending) => {
      this.#untold.add(number);
      if (identity === 'not told') pending.failed();
      else pending.forked(identity === 'unseen' ? undefined : identity);
    });
  }

  #answered<Request>(
    requests: Map<number, Request>,
    number: number,
    take: (request: Request) => void,
  ): string | undefined {
    const request = requests.get(number);
    if (request === undefined) return 'it answers what it was not asked';
    requests.delete(number);
    take(request);
    return undefined;
  }

  async #channelClosed(violation: string | undefined): Promise<void> {
    this.#isUsable = false;
    if (violation !== undefined) this.#violate(violation);
    else if (await settlesWithin(this.#process.gone, EXIT_MILLISECONDS)) await this.exited;
    else this.#violate('it closed file descriptor 6');
    await this.stop();
  }

  #violate(mistake: string): void {
    const { plugin } = this.#parts;
    this.#violation = new BulkheadError('PROTOCOL_VIOLATION', { plugin, reason: `in its template, ${mistake}` });
  }

  #forget(number: number): void {
    this.#ends.delete(number);
    if (!this.#isUsable) this.retire();
  }

  #onExit(): void {
    this.#isUsable = false;
    this.#channel.close();
    this.#retirement.resolve();
    this.#start.resolve(undefined);
    for (const pending of this.#forks.values()) pending.failed();
    for (const check of this.#checks.values()) check.resolve(false);
    for (const end of this.#ends.values()) end.resolve(this.#lostWithTemplate());
  }

  /** Only the parent of a process learns how it ends. Without the template instances could end unnoticed, so they end with it. */
  #lostWithTemplate(): ProcessExit {
    const reason = this.#violation === undefined ? '' : `: ${this.#violation.message}`;
    const hint = `The template that it was forked from had ended, and took it along${reason}`.replace(/\.?$/, '.');
    return { code: null, signal: 'SIGKILL', hint };
  }
}

import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { deferred, type Deferred } from '../../lifecycle/deferred.ts';
import { settlesWithin } from '../../lifecycle/wait.ts';
import { Fork } from './fork.ts';
import type { LedgerEntry } from '../ledger/ledger.ts';
import { PendingFork } from './pending-fork.ts';
import { type ProcessExit, ProcessGroup } from '../process/process-instance.ts';
import type { SpawnedProcess } from '../process/process-launcher.ts';
import type { Diagnosis, ExitInfo } from '../running-instance.ts';
import { endOf, type TemplateMessage, type TemplateRequest } from './template-message.ts';

/** How a template's import of the plugin ended: one of the first three messages, or the process. */
export type TemplateStart = Extract<TemplateMessage, { ready: true } | { refused: string } | { failure: unknown }>;

/** A fork takes a few milliseconds. One that takes so long costs more than a spawn, or never comes: it was stopped, or hangs. */
export const ANSWER_MILLISECONDS = 1_500;

/** The system tells only the parent how a process ends: without one an instance could end unnoticed, so it is ended. */
const LOST_WITH_TEMPLATE: ProcessExit = {
  code: null,
  signal: 'SIGKILL',
  hint: 'The template that it was forked from had ended, and took it along.',
};

const NEVER_FORKED: ProcessExit = { code: null, signal: null };

/** A process that has imported a plugin's module, and forks instances of it. */
export class Template {
  /** Undefined: it ended instead. */
  readonly started: Promise<TemplateStart | undefined>;
  /** Resolves when it can't be asked for instances any more. */
  readonly retired: Promise<void>;
  readonly #child: ChildProcess;
  readonly #process: ProcessGroup;
  readonly #entry: LedgerEntry;
  readonly #start: Deferred<TemplateStart | undefined> = deferred();
  readonly #retirement: Deferred<void> = deferred();
  readonly #pending = new Map<number, PendingFork>();
  readonly #checks = new Map<number, Deferred<boolean>>();
  /** Of the instances that live, and of those that were asked for. */
  readonly #ends = new Map<number, Deferred<ProcessExit>>();
  #requests = 0;
  #isUsable = true;
  #isHung = false;

  constructor({ child, entry, ...parts }: SpawnedProcess) {
    this.#child = child;
    this.#entry = entry;
    this.#process = new ProcessGroup(parts);
    this.started = this.#start.promise;
    this.retired = this.#retirement.promise;
    child.on('message', (message, handle) => this.#receive(message as TemplateMessage, handle as Socket | undefined));
    // A plugin may close any descriptor: then no request reaches the template any more.
    child.once('disconnect', () => void this.stop());
    void this.#process.exited.then(() => this.#onExit());
  }

  /** Whether it can still be asked for instances. */
  get isUsable(): boolean {
    return this.#isUsable;
  }

  /** Whether it has left a request without an answer. */
  get isHung(): boolean {
    return this.#isHung;
  }

  get exited(): Promise<ExitInfo> {
    return this.#process.exited;
  }

  diagnose(): Promise<Diagnosis> {
    return this.#process.diagnose();
  }

  /** A new instance; undefined when it could not be forked: then the template is retired. */
  async fork(): Promise<Fork | undefined> {
    const number = ++this.#requests;
    const pending = new PendingFork();
    const end = deferred<ProcessExit>();
    this.#pending.set(number, pending);
    this.#ends.set(number, end);
    void end.promise.then(() => this.#forget(number));
    this.#ask({ fork: number });
    if (!(await settlesWithin(pending.parts, ANSWER_MILLISECONDS))) {
      this.#isHung = true;
      pending.failed();
    }
    const parts = await pending.parts;
    if (parts !== undefined) {
      const { pid } = this.#process.identity;
      return new Fork(parts, this.#entry.fork(number), end, { pid, leftUntold: () => this.#hangs() });
    }
    this.#pending.delete(number);
    this.#isUsable = false;
    end.resolve(NEVER_FORKED);
    return undefined;
  }

  /** Whether an instance that it forked before is what it would fork now; if not, it is retired. */
  async isCurrent(): Promise<boolean> {
    const number = ++this.#requests;
    const check = deferred<boolean>();
    this.#checks.set(number, check);
    this.#ask({ check: number });
    const isAnswered = await settlesWithin(check.promise, ANSWER_MILLISECONDS);
    this.#checks.delete(number);
    if (!isAnswered) this.#hangs();
    else if (!(await check.promise)) this.retire();
    return this.#isUsable;
  }

  /** Lets the instances that it forked live on; it ends with the last of them. */
  retire(): void {
    this.#isUsable = false;
    this.#retirement.resolve();
    if (this.#ends.size === 0) void this.stop();
  }

  /** Ends it, and with it the instances that live still: nobody else would be told of their ends. */
  async stop(): Promise<void> {
    this.#isUsable = false;
    this.#retirement.resolve();
    await this.#process.stop('kill', 0);
  }

  #hangs(): void {
    this.#isHung = true;
    this.retire();
  }

  /** A request that can't be sent is answered by the end of the process or of the channel. */
  #ask(request: TemplateRequest): void {
    if (this.#child.connected) this.#child.send(request, () => {});
    else void this.stop();
  }

  #receive(message: TemplateMessage, handle: Socket | undefined): void {
    if ('instance' in message) this.#receivePart(message, handle);
    else if ('failed' in message) this.#pending.get(message.failed)?.failed();
    else if ('checked' in message) this.#checks.get(message.checked)?.resolve(message.current);
    else if ('exited' in message) this.#ends.get(message.exited)?.resolve(endOf(message));
    else this.#start.resolve(message);
  }

  #receivePart(message: Extract<TemplateMessage, { instance: number }>, handle: Socket | undefined): void {
    const pending = this.#pending.get(message.instance);
    if (pending === undefined) return void handle?.destroy(); // it was given up
    if ('pid' in message) pending.forked(message.pid);
    else if (handle !== undefined) pending.socket(message.socket, handle);
    if (pending.isComplete) this.#pending.delete(message.instance);
  }

  #forget(number: number): void {
    this.#ends.delete(number);
    if (!this.#isUsable) this.retire();
  }

  #onExit(): void {
    this.#isUsable = false;
    this.#retirement.resolve();
    this.#start.resolve(undefined);
    for (const pending of this.#pending.values()) pending.failed();
    for (const check of this.#checks.values()) check.resolve(false);
    for (const end of this.#ends.values()) end.resolve(LOST_WITH_TEMPLATE);
  }
}

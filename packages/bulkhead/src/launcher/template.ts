import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { deferred, type Deferred } from '../lifecycle/deferred.ts';
import { PendingFork } from './pending-fork.ts';
import { type ProcessEnd, ProcessGroup } from './process-instance.ts';
import type { SpawnedProcess } from './process-launcher.ts';
import type { ForkedParts } from './pending-fork.ts';
import type { Diagnosis, ExitInfo } from './running-instance.ts';
import { endOf, type TemplateMessage } from './template-message.ts';

/** How a template's import of the plugin ended: one of the first three messages, or the process. */
export type TemplateStart = Extract<TemplateMessage, { ready: true } | { refused: string } | { failure: unknown }>;

/** The system tells only the parent how a process ends: without one an instance could end unnoticed, so it is ended. */
const LOST_WITH_TEMPLATE: ProcessEnd = {
  code: null,
  signal: 'SIGKILL',
  hint: 'The template that it was forked from had ended, and took it along.',
};

/** A process that has imported a plugin's module, and forks instances of it. */
export class Template {
  /** Undefined: it ended instead. */
  readonly started: Promise<TemplateStart | undefined>;
  readonly #child: ChildProcess;
  readonly #process: ProcessGroup;
  readonly #settleStart: (start: TemplateStart | undefined) => void;
  readonly #pending = new Map<number, PendingFork>();
  readonly #ends = new Map<number, Deferred<ProcessEnd>>();
  #requests = 0;
  #isUsable = true;

  constructor({ child, ...parts }: SpawnedProcess) {
    this.#child = child;
    this.#process = new ProcessGroup(parts);
    const { promise, resolve } = deferred<TemplateStart | undefined>();
    this.started = promise;
    this.#settleStart = resolve;
    child.on('message', (message, handle) => this.#receive(message as TemplateMessage, handle as Socket | undefined));
    // A plugin may close any descriptor: then no request reaches the template any more.
    child.once('disconnect', () => void this.stop());
    void this.#process.exited.then(() => this.#onExit());
  }

  /** Whether it can still be asked for instances. */
  get isUsable(): boolean {
    return this.#isUsable;
  }

  get exited(): Promise<ExitInfo> {
    return this.#process.exited;
  }

  diagnose(): Promise<Diagnosis> {
    return this.#process.diagnose();
  }

  /** The parts of a new instance and its end; undefined when it could not be forked: then another template is needed. */
  async fork(): Promise<{ readonly parts: ForkedParts; readonly ended: Promise<ProcessEnd> } | undefined> {
    const number = ++this.#requests;
    const pending = new PendingFork();
    const end = deferred<ProcessEnd>();
    this.#pending.set(number, pending);
    this.#ends.set(number, end);
    // A request that can't be sent is answered by the end of the process or of the channel.
    if (this.#child.connected) this.#child.send({ fork: number }, () => {});
    else pending.failed();
    const parts = await pending.parts;
    this.#pending.delete(number);
    if (parts !== undefined) return { parts, ended: end.promise };
    this.#ends.delete(number);
    this.retire();
    return undefined;
  }

  /** Lets the instances that it forked live on; it ends with the last of them. */
  retire(): void {
    this.#isUsable = false;
    if (this.#ends.size === 0) void this.stop();
  }

  /** Ends it, and with it the instances that live still: nobody else would be told of their ends. */
  async stop(): Promise<void> {
    this.#isUsable = false;
    await this.#process.stop('kill', 0);
  }

  #receive(message: TemplateMessage, handle: Socket | undefined): void {
    if ('instance' in message) {
      const pending = this.#pending.get(message.instance);
      if ('pid' in message) pending?.forked(message.pid);
      else if (handle !== undefined && pending !== undefined) pending.socket(message.socket, handle);
      else handle?.destroy();
    } else if ('failed' in message) this.#pending.get(message.failed)?.failed();
    else if ('exited' in message) {
      this.#ends.get(message.exited)?.resolve(endOf(message));
      this.#ends.delete(message.exited);
      if (!this.#isUsable) this.retire();
    } else this.#settleStart(message);
  }

  #onExit(): void {
    this.#isUsable = false;
    this.#settleStart(undefined);
    for (const pending of this.#pending.values()) pending.failed();
    for (const end of this.#ends.values()) end.resolve(LOST_WITH_TEMPLATE);
    this.#ends.clear();
  }
}

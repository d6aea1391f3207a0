import type { Socket } from 'node:net';
import { GroupKind, type GroupRequest } from '@bulkhead/protocol';
import { asReason } from '../../errors/as-reason.ts';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import type { HideSecrets } from '../../lifecycle/hide-secrets.ts';
import { settlesWithin } from '../../lifecycle/wait.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import type { ForkSockets, ForkSocketSet } from '../forkserver/fork-sockets.ts';
import type { LedgerEntry } from '../ledger/ledger.ts';
import type { OutputCapture } from '../output-capture.ts';
import { launchFailed } from '../process/launch-failed.ts';
import type { ProcessGroup } from '../process/process-instance.ts';
import { ProcessChannel } from '../process-channel.ts';
import type { InstanceIdentity } from '../running-instance.ts';
import { type Blamed, culpritByCalls, culpritByTraceback, type Suspect } from './culprit.ts';
import { type GroupMessage, readGroupMessage } from './group-message.ts';
import { exitOf, type GroupEnd } from './thread-exit.ts';
import { ThreadInstance } from './thread-instance.ts';

/** A process that exits closes its channel first. One that still runs after this has closed only the channel. */
const EXIT_MILLISECONDS = 500;
const CLOSED = 'it closed file descriptor 6';

export interface GroupParts {
  /** As people know it. */
  readonly name: string;
  readonly process: ProcessGroup;
  readonly channel: Socket;
  readonly sockets: ForkSockets;
  readonly entry: LedgerEntry;
  readonly hide: HideSecrets;
  /** Called when no plugin can begin in it any more. */
  readonly unusable: () => void;
  /** Milliseconds that it has for the exit handlers of its plugins. */
  readonly stopLimit: number;
  readonly capture: (spec: PluginSpec, identity: InstanceIdentity, sockets: ForkSocketSet) => OutputCapture;
}

export interface PluginToBegin {
  readonly spec: PluginSpec;
  readonly generation: number;
  /** Of the SDK's bootstrap. */
  readonly options: Readonly<Record<string, string>>;
}

interface Member {
  readonly spec: PluginSpec;
  readonly generation: number;
  readonly instance: ThreadInstance;
}

/** A process that runs plugins in threads. It ends with the last of them. */
export class Group {
  readonly #parts: GroupParts;
  readonly #channel: ProcessChannel<GroupMessage, GroupRequest>;
  readonly #members = new Map<number, Member>();
  #numbers = 0;
  /** Plugins whose sockets are being connected. */
  #beginning = 0;
  #connecting: Promise<unknown> = Promise.resolve();
  #isUsable = true;
  #isLeaving = false;
  /** Known before the process ends. */
  #blamed: Blamed | undefined;
  #judgement: Promise<Blamed> | undefined;

  constructor(parts: GroupParts) {
    this.#parts = parts;
    this.#channel = new ProcessChannel(parts.channel, {
      read: (frame) => readGroupMessage(frame, parts.hide),
      message: (message) => this.#receive(message),
      closed: (violation) => void this.#channelClosed(violation),
    });
    void parts.process.exited.then((exit) => {
      this.#retire();
      this.#isLeaving = true;
      this.#channel.close();
      const members = [...this.#members.values()];
      this.#members.clear();
      for (const { instance } of members) instance.end('with its group', exit);
      this.#judgement = this.#judge(members);
    });
  }

  /** Whether plugins can still begin in it. */
  get isUsable(): boolean {
    return this.#isUsable;
  }

  get exited(): Promise<unknown> {
    return this.#parts.process.exited;
  }

  /** Resolves when its process is gone, unless it still has plugins. */
  async emptied(): Promise<void> {
    if (this.#members.size + this.#beginning === 0) await this.#parts.process.exited;
  }

  /** Begins a plugin in a thread. Whether that goes well its session tells. @throws BulkheadError `PLUGIN_LAUNCH_FAILED` */
  async begin({ spec, generation, options }: PluginToBegin): Promise<ThreadInstance> {
    const number = ++this.#numbers;
    this.#beginning += 1;
    // One after the other: the group takes the connections in the order in which they were made.
    const connecting = this.#connecting.then(() => this.#connect(number));
    this.#connecting = connecting.catch(() => {});
    try {
      const sockets = await connecting;
      const instance = this.#instance(spec, generation, number, sockets);
      this.#members.set(number, { spec, generation, instance });
      this.#channel.send([GroupKind.Begin, number, options]);
      this.#note();
      return instance;
    } catch (cause) {
      throw launchFailed(spec.id, cause);
    } finally {
      this.#beginning -= 1;
      this.#leaveIfEmpty();
    }
  }

  async #connect(number: number): Promise<ForkSocketSet> {
    if (!this.#isUsable) throw new Error(`the process of its group "${this.#parts.name}" has just ended`);
    try {
      const offered = await this.#parts.sockets.offer(number);
      return await offered.connected;
    } catch (error) {
      this.#retire(); // it would take those that were made for the next plugin
      throw error;
    }
  }

  #instance(spec: PluginSpec, generation: number, number: number, sockets: ForkSocketSet): ThreadInstance {
    const { process, capture } = this.#parts;
    return new ThreadInstance({
      generation,
      number,
      process: process.kept.identity,
      sockets,
      output: (identity) => capture(spec, identity, sockets),
      interrupt: () => this.#channel.send([GroupKind.Interrupt, number]),
      endGroup: () => this.#endFor(spec.id),
      groupEnd: () => this.#endOf(spec.id),
    });
  }

  /** Why a plugin went with it. */
  async #endOf(plugin: string): Promise<GroupEnd> {
    const { name, process } = this.#parts;
    const { ending, hints, failure, lastLines, limit } = await process.diagnose();
    const blamed = (await this.#judgement) ?? culpritByCalls([]);
    // What holds a limit knows the process by the name of the group.
    const error =
      failure === undefined
        ? new BulkheadError('GROUP_CRASHED', {
            plugin,
            group: name,
            culprit: blamed.culprit,
            suspects: blamed.suspects,
            reason: asReason(blamed.deed ?? [`the process ${ending}`, ...hints].join('. ')),
          })
        : new BulkheadError(failure.code, { ...(failure.details as object), plugin } as never, { cause: failure });
    return { ending: `went with its group: the process ${ending}`, failure: error, lastLines, limit, blamed };
  }

  async #judge(members: readonly Member[]): Promise<Blamed> {
    if (this.#blamed !== undefined) return this.#blamed;
    const suspects = suspectsAmong(members);
    const { lastLines, ending } = await this.#parts.process.diagnose();
    const found = culpritByTraceback(lastLines, suspects);
    if (found === undefined) return culpritByCalls(suspects);
    return { culprit: found.plugin, suspects: [found.plugin], deed: `the process ${ending} at ${found.place}` };
  }

  #endFor(plugin: string): void {
    this.#retire();
    const deed = 'it did not let go of its thread, so the host has ended the process';
    this.#blamed ??= { culprit: plugin, suspects: [plugin], deed };
    void this.#parts.process.stop('kill', 0);
  }

  /** Takes no more plugins; those that it has go on. */
  #retire(): void {
    this.#isUsable = false;
    this.#parts.unusable();
  }

  #receive(message: GroupMessage): string | undefined {
    const member = this.#members.get(message.number);
    if (member === undefined) return 'it speaks of a plugin that is not in it';
    const { spec, instance } = member;
    switch (message.type) {
      case 'culprit':
        this.#blamed ??= { culprit: spec.id, suspects: [spec.id], deed: `it ${message.deed}` };
        return undefined;
      case 'not-begun':
        this.#retire(); // sockets that it has not taken would be taken for the next plugin's
        this.#left(message.number);
        instance.end({ ending: `was not begun by its group: ${message.reason}` }, { code: 1, signal: null });
        return undefined;
      case 'ended':
        this.#left(message.number);
        instance.end(exitOf(spec, message), { code: message.status, signal: null });
        return undefined;
    }
  }

  #left(number: number): void {
    this.#members.delete(number);
    this.#note();
    this.#leaveIfEmpty();
  }

  #leaveIfEmpty(): void {
    if (this.#isLeaving || this.#members.size + this.#beginning > 0) return;
    this.#retire();
    this.#isLeaving = true;
    this.#channel.send([GroupKind.Leave, 0]);
    void this.#parts.process.stop('shutdown', this.#parts.stopLimit);
  }

  /** For `bulkhead list` in another process. */
  #note(): void {
    const members = [...this.#members.values()].map(({ spec, generation }) => ({
      plugin: spec.id,
      folder: spec.folder,
      generation,
    }));
    this.#parts.entry.note({ members });
  }

  async #channelClosed(violation: string | undefined): Promise<void> {
    const { process } = this.#parts;
    if (violation === undefined && (await settlesWithin(process.exited, EXIT_MILLISECONDS))) return;
    this.#retire();
    this.#blamed ??= {
      ...culpritByCalls(suspectsAmong([...this.#members.values()])),
      deed: `a plugin broke the protocol of the group: ${violation ?? CLOSED}`,
    };
    await process.stop('kill', 0);
  }
}

function suspectsAmong(members: readonly Member[]): Suspect[] {
  return members.map(({ spec, instance: { wasBusy } }) => ({ plugin: spec.id, folder: spec.folder, wasBusy }));
}

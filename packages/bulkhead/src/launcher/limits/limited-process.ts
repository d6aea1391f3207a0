import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { sizeInWords } from '../../lifecycle/size.ts';
import type { ProcessIdentity } from '../../lifecycle/process-identity.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { scratchSize } from '../sandbox/scratch-size.ts';
import type { ControlGroup } from './control-group.ts';
import type { LimitHolders } from './limit-holders.ts';
import type { Overrun } from './overrun.ts';
import type { ProcessTable } from './process-table.ts';
import { type Usage, usageOf } from './usage.ts';

/** How Python says that there is no room left. */
const NO_SPACE = /\[Errno 28\]/;
/** What is left may be too little for what it wrote. */
const NEARLY_FULL = 0.9;
/** And that there can be no other process or thread. */
const NO_PROCESS = /\[Errno 11\]|Resource temporarily unavailable|can't start new thread/;

/** A template has forks, which count by themselves; a fork shares the scratch folder of its template. */
export type ProcessKind = 'template' | 'fork' | 'other';

export interface LimitedParts {
  readonly spec: PluginSpec;
  readonly kind: ProcessKind;
  readonly means: LimitHolders;
  readonly group: ControlGroup | undefined;
  /** The folder that it may write to, if it is sandboxed. */
  readonly scratch: string | undefined;
  /** Called when it runs. */
  readonly started: () => void;
  /** Begins to look after it. @returns a function that ends that */
  readonly watch: (limited: LimitedProcess, overran: (overrun: Overrun) => void) => () => void;
  /** Called when it has ended. Resolves when its control group is gone, and all in it; never rejects. */
  readonly closed: (limited: LimitedProcess) => Promise<void>;
}

/** A process of a plugin, with what it starts, as far as limits and use of the machine are concerned. */
export class LimitedProcess {
  readonly means: LimitHolders;
  readonly scratch: string | undefined;
  readonly plugin: string;
  /** Bytes in the scratch folder, as last measured. */
  disk: number | undefined;
  readonly #parts: LimitedParts;
  #process: ProcessIdentity | undefined;
  #unwatch: (() => void) | undefined;
  /** As last told. */
  #refusals = 0;
  /** Those at its end. */
  #last: Hits | undefined;

  constructor(parts: LimitedParts) {
    this.#parts = parts;
    this.means = parts.means;
    this.scratch = parts.scratch;
    this.plugin = parts.spec.id;
  }

  /** Undefined until it runs. */
  get process(): ProcessIdentity | undefined {
    return this.#process;
  }

  get ownsScratch(): boolean {
    return this.scratch !== undefined && this.#parts.kind !== 'fork';
  }

  /** The files by which it joins its control groups: it writes `0` into each. */
  get entrances(): readonly string[] {
    return this.#parts.group?.entrances ?? [];
  }

  /** Moves it into its control group, if it did not join it by itself: a fork. @throws Error of the kernel */
  async join(): Promise<void> {
    if (this.#process === undefined) return;
    await this.#parts.group?.add(this.#process.pid).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ESRCH') throw error; // otherwise it is gone already
    });
  }

  /** To be called when it runs. */
  started(process: ProcessIdentity): void {
    this.#process = process;
    this.#parts.started();
  }

  /** @param overran called once, when it is over a limit and has to be ended */
  watch(overran: (overrun: Overrun) => void): void {
    this.#unwatch = this.#parts.watch(this, overran);
  }

  /** Whether the kernel may end a process of it for its memory, and leave the others. */
  get mayLosePart(): boolean {
    const { group, means } = this.#parts;
    return means.memory?.includes('cgroup') === true && group?.endsTogether === false;
  }

  /** The limit by which the kernel has ended a process of it. */
  get overrun(): Overrun | undefined {
    const { memory } = this.#parts.spec.launch.resources;
    return memory !== undefined && this.#hits.killed > 0 ? { limit: 'memory', most: memory } : undefined;
  }

  /** What may have made it fail, as a sentence. */
  get hint(): string | undefined {
    const { pids } = this.#parts.spec.launch.resources;
    if (pids === undefined || this.#hits.refused === 0) return undefined;
    return `It had run into its limit of ${pids} processes and threads (\`resources.pids\`).`;
  }

  /** The limit that a call has run into just now by what it says, without an end of the process. @param said its exception */
  async refused(said: string): Promise<BulkheadError | undefined> {
    const { spec } = this.#parts;
    const { pids, disk } = spec.launch.resources;
    if (disk !== undefined && NO_SPACE.test(said) && (await this.#isFull(disk))) {
      const reason = `ran into its disk limit of ${sizeInWords(disk)}`;
      return new BulkheadError('DISK_LIMIT_EXCEEDED', { plugin: spec.id, reason });
    }
    const before = this.#refusals;
    this.#refusals = this.#hits.refused;
    if (pids === undefined || this.#refusals === before || !NO_PROCESS.test(said)) return undefined;
    return new BulkheadError('PROCESS_LIMIT_EXCEEDED', { plugin: spec.id, limit: pids });
  }

  /** Another folder that it may write to can be full as well: then the scratch folder has room. */
  async #isFull(most: number): Promise<boolean> {
    const { scratch } = this;
    if (scratch === undefined || this.#process === undefined) return false;
    return (await scratchSize(this.#process.pid, scratch)) >= most * NEARLY_FULL;
  }

  /** Undefined until it runs, and when it is gone. */
  usage(table: ProcessTable, apart: ReadonlySet<number>): Usage | undefined {
    const { group, kind } = this.#parts;
    if (this.#process === undefined) return undefined;
    const rows = table.tree(this.#process, apart);
    const disk = this.ownsScratch ? this.disk : undefined;
    return usageOf({ rows, group, disk, isTemplate: kind === 'template' });
  }

  /** To be called when it has ended. Resolves when its control group is gone, and all in it. Never rejects. */
  async close(): Promise<void> {
    this.#unwatch?.();
    this.#last ??= this.#hits; // the group that counts them goes
    await this.#parts.closed(this);
  }

  /** How often the kernel has held it to a limit. */
  get #hits(): Hits {
    const { group } = this.#parts;
    return this.#last ?? { killed: group?.killed ?? 0, refused: group?.refused ?? 0 };
  }
}

interface Hits {
  readonly killed: number;
  readonly refused: number;
}

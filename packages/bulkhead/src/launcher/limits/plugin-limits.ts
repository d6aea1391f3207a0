import { BulkheadError } from '../../errors/bulkhead-error.ts';
import type { ProcessIdentity } from '../../lifecycle/process-identity.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { scratchSize } from '../sandbox/scratch-size.ts';
import type { ProcessFacts } from '../ledger/ledger.ts';
import { ControlGroup } from './control-group.ts';
import { ControlGroups, type MadeGroup } from './control-groups.ts';
import { groupFoldersOf } from './group-folders.ts';
import { LimitedProcess, type LimitedParts } from './limited-process.ts';
import { type LimitHolders, meansOfEngine } from './limit-holders.ts';
import type { Overrun } from './overrun.ts';
import { ProcessTable } from './process-table.ts';
import type { Usage } from './usage.ts';
import { Watchdog } from './watchdog.ts';

/** A table of processes is used again within this time: who asks often looks no more often than that. */
const FRESH_MILLISECONDS = 200;

export interface ProcessToKeep extends Pick<LimitedParts, 'spec' | 'scratch' | 'kind'> {
  /** In the ledger. */
  readonly name: string;
}

/** What one process of a plugin uses, with all that it has started. */
export interface ProcessUse {
  readonly plugin: string;
  readonly process: ProcessIdentity;
  readonly usage: Usage;
}

/** Keeps the processes of a host's plugins to their limits, by what this machine has for it, and knows what they use. */
export class PluginLimits {
  readonly #groups: ControlGroups;
  readonly #watchdog = new Watchdog(() => this.#pids());
  readonly #limited = new Set<LimitedProcess>();
  #table: { readonly at: number; readonly table: ProcessTable } | undefined;

  /** @param variables of the host: `BULKHEAD_CONTROL_GROUPS=off` lets it make none */
  constructor(variables: NodeJS.ProcessEnv) {
    this.#groups = new ControlGroups(variables);
  }

  /**
   * Of a process that is about to start.
   *
   * @throws BulkheadError `LIMIT_UNAVAILABLE`
   */
  keep({ spec, name, scratch, kind }: ProcessToKeep): LimitedProcess {
    const { memory, pids, cpu, files, disk } = heldLimits(spec);
    const isOurs = spec.launch.command === undefined;
    const isWhole = isOurs && Number.isInteger(cpu);
    const wanted = defined({ memory, pids, cpu: isWhole ? undefined : cpu });
    const { group, reasons }: MadeGroup =
      Object.keys(wanted).length === 0 ? { group: undefined, reasons: {} } : this.#groups.make(name, wanted);
    if (reasons.cpu !== undefined) {
      group?.remove();
      const what = isOurs ? 'parts of a processor' : 'processors of a command of your own';
      throw unavailable(spec, `only a control group counts ${what}, and ${reasons.cpu}`);
    }
    const isIn = (limit: 'memory' | 'pids'): boolean => group !== undefined && reasons[limit] === undefined;
    const inPython = isOurs && spec.environment.kind !== 'node' ? ['rlimit'] : [];
    const means: LimitHolders = defined({
      memory: memory && (isIn('memory') ? ['cgroup', ...inPython] : [...inPython, 'watchdog']),
      pids: pids && (isIn('pids') ? ['cgroup'] : ['watchdog']),
      cpu: cpu && (isWhole ? ['affinity'] : ['cgroup', ...(isOurs ? ['affinity'] : [])]),
      files: files && ['rlimit'],
      disk: disk && ['watchdog'],
    }) as LimitHolders;
    const left = defined({
      memory: isIn('memory') ? undefined : memory,
      pids: isIn('pids') ? undefined : pids,
      disk,
    });
    return this.#add({
      spec,
      kind,
      means,
      group,
      scratch,
      watch: (limited, overran) => this.#watch(limited, left, overran),
      closed: async (limited) => {
        this.#limited.delete(limited);
        await group?.end();
      },
    });
  }

  /** Of a process of a plugin in a container, which its engine keeps to its limits. */
  inContainer(spec: PluginSpec, { role, start }: Pick<ProcessFacts, 'role' | 'start'>, pid: number): LimitedProcess {
    // A template and its forks share a container: each counts what is its own.
    const group = start?.mode === 'container' ? new ControlGroup(groupFoldersOf(pid)) : undefined;
    const means = meansOfEngine(spec.launch.resources);
    return this.#add({
      spec,
      kind: role === 'template' ? 'template' : 'other',
      means,
      group,
      scratch: undefined,
      watch: () => () => {},
      closed: async (limited) => void this.#limited.delete(limited),
    });
  }

  /** What the processes of plugins use now, templates and spare forks among them. */
  usage(): readonly ProcessUse[] {
    if (this.#limited.size === 0) return [];
    const table = this.#freshTable();
    const apart = this.#pids();
    return [...this.#limited].flatMap((limited) => {
      const { plugin, process } = limited;
      const usage = limited.usage(table, apart);
      return usage === undefined || process === undefined ? [] : [{ plugin, process, usage }];
    });
  }

  /** The same, after a look into all scratch folders. */
  async measuredUsage(): Promise<readonly ProcessUse[]> {
    for (const limited of this.#limited) {
      const { process, scratch } = limited;
      if (process !== undefined && scratch !== undefined && limited.ownsScratch)
        limited.disk = await scratchSize(process.pid, scratch);
    }
    return this.usage();
  }

  /** Ends what hosts have left in control groups that are gone. */
  async sweep(): Promise<void> {
    await this.#groups.sweep();
  }

  #add(parts: Omit<LimitedParts, 'started'>): LimitedProcess {
    const started = (): void => (this.#table = undefined); // it is not in that one
    const limited = new LimitedProcess({ ...parts, started });
    this.#limited.add(limited);
    return limited;
  }

  #watch(
    limited: LimitedProcess,
    limits: Readonly<Partial<Record<Overrun['limit'], number>>>,
    overran: (overrun: Overrun) => void,
  ): () => void {
    const { process, scratch } = limited;
    if (process === undefined || (Object.keys(limits).length === 0 && !limited.mayLosePart)) return () => {};
    return this.#watchdog.watch({
      process,
      limits,
      scratch,
      hit: () => limited.overrun,
      measured: (disk) => (limited.disk = disk),
      overran,
    });
  }

  #pids(): ReadonlySet<number> {
    return new Set([...this.#limited].flatMap(({ process }) => process?.pid ?? []));
  }

  #freshTable(): ProcessTable {
    const now = performance.now();
    if (this.#table === undefined || now - this.#table.at > FRESH_MILLISECONDS)
      this.#table = { at: now, table: ProcessTable.read() };
    return this.#table.table;
  }
}

const GIVE_GROUP =
  'Write whole processors, or give the host a control group of its own, as systemd does for a service with `Delegate=yes`: docs/permissions.md says how.';

function unavailable({ id: plugin }: PluginSpec, reason: string): BulkheadError {
  return new BulkheadError('LIMIT_UNAVAILABLE', { plugin, limit: 'cpu', reason, cure: GIVE_GROUP });
}

/**
 * Those that have an effect: a default of the registry need not have one on every plugin. Where nothing can be held, the policy of
 * the sandbox refuses what is asked for.
 */
function heldLimits({ launch }: PluginSpec): Partial<PluginSpec['launch']['resources']> {
  const { resources, sandbox, confined, command } = launch;
  if (sandbox === 'off' || process.platform !== 'linux') return {};
  const files = command === undefined ? resources.files : undefined;
  return { ...resources, files, disk: confined ? resources.disk : undefined };
}

function defined<Values extends object>(values: Values): { [Name in keyof Values]?: Exclude<Values[Name], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

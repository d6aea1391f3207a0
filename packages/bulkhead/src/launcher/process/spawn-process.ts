import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { LogPayload } from '@bulkhead/protocol';
import { WRITE_A_PROGRAM } from '../../languages/own-command.ts';
import type { Confinement, InstanceCommand } from '../../languages/instance-command.ts';
import { hideSecrets } from '../../lifecycle/hide-secrets.ts';
import { identifyProcess, type ProcessIdentity } from '../../lifecycle/process-identity.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { SurvivorSearch } from '../ledger/end-survivors.ts';
import { INSTANCE_MARK, type Ledger, type LedgerEntry, type ProcessFacts } from '../ledger/ledger.ts';
import { OutputCapture, type OutputStreams } from '../output-capture.ts';
import type { InstanceIdentity, OutputLine, ProcessRole } from '../running-instance.ts';
import type { PluginNetworks } from '../sandbox/network/plugin-networks.ts';
import type { LimitedProcess } from '../limits/limited-process.ts';
import type { PluginLimits } from '../limits/plugin-limits.ts';
import type { ScratchFolders } from '../sandbox/scratch-folders.ts';
import type { Wiring } from './descriptors.ts';
import { launchFailed } from './launch-failed.ts';
import { identityOf, type ProcessExit, type ProcessParts } from './process-instance.ts';

export interface ProcessesOptions {
  /** Gets each line that an instance writes. */
  readonly output: (plugin: string, instance: InstanceIdentity, line: OutputLine) => void;
  /** Keeps a record of each process while it runs. */
  readonly ledger: Ledger;
  readonly scratch: ScratchFolders;
  readonly networks: PluginNetworks;
  readonly limits: PluginLimits;
}

export interface SpawnRequest {
  readonly command: (confinement: Confinement) => Promise<InstanceCommand>;
  readonly spec: PluginSpec;
  /** 0 of a template or a group. */
  readonly generation: number;
  readonly role: 'instance' | 'template' | 'group';
  readonly wiring: Wiring;
  /** The folder of sockets that it makes, or connects to, itself. */
  readonly sockets?: string | undefined;
  /** Reads what comes first on standard output. @returns what is left for the log */
  readonly first?: (stdout: Readable) => Promise<Readable>;
  /** Reads the lines of a logger. */
  readonly record?: RecordReader;
}

/** Undefined of a line that no such logger has written. */
export type RecordReader = (line: OutputLine) => LogPayload | undefined;

export interface SpawnedProcess extends ProcessParts {
  readonly entry: LedgerEntry;
  /** This host's ends of its descriptors, by number. */
  readonly sockets: readonly Socket[];
}

/** A process that this host has not started itself. */
export interface AdoptedProcess {
  /** Undefined of a process that this host can't see: then there is nothing to record. */
  readonly identity: ProcessIdentity | undefined;
  readonly entry: LedgerEntry;
  readonly ended: Promise<unknown>;
}

export type AdoptedFacts = Omit<ProcessFacts, 'pid' | 'startTime' | 'plugin' | 'folder'>;

/** The processes of this host's plugins: records each in the ledger while it runs, and reads what it writes. */
export class PluginProcesses {
  readonly #options: ProcessesOptions;
  readonly #survivors = new SurvivorSearch();
  /** Of the processes that run, by pid. */
  readonly #entries = new Map<number, LedgerEntry>();
  /** The ends of limits of processes that have ended. */
  readonly #closings = new Set<Promise<void>>();

  constructor(options: ProcessesOptions) {
    this.#options = options;
  }

  /**
   * Starts a process, as leader of a group and session of its own.
   *
   * @throws BulkheadError `PLUGIN_LAUNCH_FAILED`, `LIMIT_UNAVAILABLE`, or that of `command`
   */
  async spawn(request: SpawnRequest): Promise<SpawnedProcess> {
    const { spec, role } = request;
    const entry = this.#options.ledger.open(request);
    const scratch = await this.#scratchFor(spec, entry);
    const isOver = async (): Promise<void> => {
      await limited?.close();
      if (scratch !== undefined) this.#options.scratch.remove(scratch);
    };
    let limited: LimitedProcess | undefined;
    try {
      limited = this.#options.limits.keep({
        spec,
        name: entry.name,
        scratch,
        kind: role === 'template' ? 'template' : 'other',
      });
      const command = await request.command({ scratch, groups: limited.entrances });
      const spawned = await this.#spawn(request, command, entry, limited);
      void spawned.ended.then(() => this.#closing(isOver()));
      const joined = limited.join();
      // Others join nothing by themselves. For ours the kernel has done most of it when the bootstrap gets there.
      if (command.joinsGroups === true) joined.catch(() => {});
      else
        await joined.catch((cause: unknown) => {
          process.kill(spawned.identity.process.pid, 'SIGKILL');
          throw launchFailed(spec.id, cause);
        });
      return spawned;
    } catch (error) {
      entry.remove();
      this.#closing(isOver());
      throw error;
    }
  }

  /** The folder that it and its forks may write to, which goes with it. */
  async #scratchFor(spec: PluginSpec, entry: LedgerEntry): Promise<string | undefined> {
    if (!spec.launch.confined) return undefined;
    return await this.#options.scratch.make().catch((cause: unknown) => {
      entry.remove();
      throw launchFailed(spec.id, cause);
    });
  }

  async #spawn(
    request: SpawnRequest,
    command: InstanceCommand,
    entry: LedgerEntry,
    limited: LimitedProcess,
  ): Promise<SpawnedProcess> {
    const { spec, generation, role, wiring } = request;
    const child = await start(command, spec, wiring, entry);
    // Listen in the same tick as `spawn`, or the exit could be missed.
    const ended = new Promise<ProcessExit>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    const pid = child.pid as number;
    letGo(child);
    if (wiring.descriptors.includes('ipc')) this.#options.networks.open(spec, child, ended);
    const identity = identityOf(identifyProcess(pid) ?? { pid, startTime: undefined }, generation);
    limited.started(identity.process);
    const numbered = role === 'instance' ? { generation } : {};
    entry.started({
      ...identity.process,
      plugin: spec.id,
      folder: spec.folder,
      role,
      ...notesOf(limited),
      ...numbered,
    });
    // Forks carry the mark of their template, so this finds what they left behind, too.
    const endSurvivors = (): void => this.#survivors.endSurvivorsOf(entry);
    // What is noted of an instance is noted of its process: the record of a group is not one of its plugins'.
    if (role === 'group') void ended.then(endSurvivors);
    else this.#follow(pid, entry, ended, endSurvivors);
    const sockets = child.stdio as unknown as readonly Socket[];
    // standard output that carries frames is read by the transport
    const printed = child.stdout as Readable;
    const stdout = wiring.descriptors[0] === 'pipe' ? Readable.from([]) : (request.first?.(printed) ?? printed);
    const output = this.capture(spec, identity, { stdout, stderr: child.stderr as Readable }, request.record);
    const lifeline = wiring.lifeline === undefined ? {} : { lifeline: sockets[wiring.lifeline] as Socket };
    return {
      entry,
      identity,
      limited,
      isChild: true,
      mayBeKeeper: spec.launch.confined,
      output,
      sockets,
      ...lifeline,
      ended,
    };
  }

  /** Passes on what an instance writes, line by line. */
  capture(spec: PluginSpec, identity: InstanceIdentity, streams: OutputStreams, record?: RecordReader): OutputCapture {
    return new OutputCapture(streams, hideSecrets(spec.secrets), (line) =>
      this.#options.output(spec.id, identity, record === undefined ? line : { ...line, record: record(line) }),
    );
  }

  /** Opens an entry for something that is started in another way. */
  open(): LedgerEntry {
    return this.#options.ledger.open();
  }

  /** Records a process that a template has forked. It has to join its limits before it is used. @throws BulkheadError `LIMIT_UNAVAILABLE` */
  adoptFork(
    { identity, ...fork }: AdoptedProcess,
    spec: PluginSpec,
    role: ProcessRole,
    scratch: string | undefined,
  ): LimitedProcess {
    if (identity === undefined) throw new Error('a process of this machine is seen');
    const limited = this.#options.limits.keep({ spec, name: fork.entry.name, scratch, kind: 'fork' });
    limited.started(identity);
    this.#adopt({ identity, ...fork }, spec, { role, ...notesOf(limited) }, limited);
    return limited;
  }

  /** Records a process that runs in a container, under the mark of `entry`: its engine or a template has started it. */
  adopt({ identity, entry, ended }: AdoptedProcess, spec: PluginSpec, facts: AdoptedFacts): void {
    if (identity === undefined) return void ended.then(() => entry.remove());
    const limited = this.#options.limits.inContainer(spec, facts, identity.pid);
    limited.started(identity);
    this.#adopt({ identity, entry, ended }, spec, { ...facts, ...notesOf(limited) }, limited);
  }

  /** Changes the record of an instance that runs. */
  note(identity: InstanceIdentity, changes: Partial<ProcessFacts>): void {
    if (identity.process !== undefined) this.#entries.get(identity.process.pid)?.note(changes);
  }

  /** Resolves when nothing is left of the processes that have exited: no survivor, no record in the ledger. */
  async settled(): Promise<void> {
    await this.#survivors.settled();
    await Promise.all(this.#closings);
    await this.#options.scratch.settled();
  }

  #adopt(
    { identity, entry, ended }: AdoptedProcess & { readonly identity: ProcessIdentity },
    { id, folder }: PluginSpec,
    facts: AdoptedFacts,
    limited: LimitedProcess,
  ): void {
    entry.note({ ...identity, plugin: id, folder, ...facts });
    this.#follow(identity.pid, entry, ended, () => entry.remove());
    void ended.then(() => this.#closing(limited.close()));
  }

  #closing(closing: Promise<void>): void {
    const settled = closing.finally(() => this.#closings.delete(settled));
    this.#closings.add(settled);
  }

  #follow(pid: number, entry: LedgerEntry, ended: Promise<unknown>, afterwards: () => void): void {
    this.#entries.set(pid, entry);
    void ended.then(() => {
      if (this.#entries.get(pid) === entry) this.#entries.delete(pid);
      afterwards();
    });
  }
}

/** What `bulkhead list` shows of it from outside. */
function notesOf({ means, scratch, ownsScratch }: LimitedProcess): Pick<ProcessFacts, 'limits' | 'scratch'> {
  return { limits: means, scratch: ownsScratch ? scratch : undefined };
}

/** The system may refuse at once (a command that is too long) or a moment later (no such program, no free descriptor). */
async function start(
  { file, args, env }: InstanceCommand,
  { id, folder, launch }: PluginSpec,
  { descriptors }: Wiring,
  entry: LedgerEntry,
): Promise<ChildProcess> {
  try {
    const child = spawn(file, args, {
      cwd: folder,
      env: { ...env, [INSTANCE_MARK]: entry.mark },
      stdio: [...descriptors],
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    if (child.pid === undefined) throw await refusal(child);
    return child;
  } catch (error) {
    throw launchFailed(id, error, launch.command === undefined ? undefined : cureOfCommand(error));
  }
}

const CHANGE_FIRST_LINE =
  'The file is there, and what runs it is not: let its first line, as `#!/usr/bin/env python3`, name a program of this machine.';

function cureOfCommand(error: unknown): string | undefined {
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return path !== undefined && existsSync(path) ? CHANGE_FIRST_LINE : WRITE_A_PROGRAM;
  return code === 'EACCES'
    ? 'Make the program executable, or name in `command` what runs it, such as `python3`.'
    : undefined;
}

/** Work in flight keeps the host from ending by itself; a plugin that waits for some does not. */
function letGo(child: ChildProcess): void {
  child.unref();
  for (const stream of child.stdio) (stream as Socket | null)?.unref();
}

async function refusal(child: ChildProcess): Promise<unknown> {
  return (await once(child, 'error').catch((error: unknown) => [error]))[0];
}

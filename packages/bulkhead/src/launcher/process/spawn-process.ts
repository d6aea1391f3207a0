import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { InstanceCommand } from '../../languages/instance-command.ts';
import { hideSecrets } from '../../lifecycle/hide-secrets.ts';
import { identifyProcess, type ProcessIdentity } from '../../lifecycle/process-identity.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { SurvivorSearch } from '../ledger/end-survivors.ts';
import { INSTANCE_MARK, type Ledger, type LedgerEntry, type ProcessFacts } from '../ledger/ledger.ts';
import { OutputCapture, type OutputStreams } from '../output-capture.ts';
import type { InstanceIdentity, OutputLine } from '../running-instance.ts';
import type { PluginNetworks } from '../sandbox/network/plugin-networks.ts';
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
}

export interface SpawnRequest {
  /** `scratch`: the folder that it and its forks may write to, which goes with it. */
  readonly command: (scratch: string | undefined) => Promise<InstanceCommand>;
  readonly spec: PluginSpec;
  /** 0 of a template. */
  readonly generation: number;
  readonly role: 'instance' | 'template';
  readonly wiring: Wiring;
}

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

  constructor(options: ProcessesOptions) {
    this.#options = options;
  }

  /** Starts a process, as leader of a group and session of its own. @throws BulkheadError `PLUGIN_LAUNCH_FAILED`, or that of `command` */
  async spawn(request: SpawnRequest): Promise<SpawnedProcess> {
    const { command, spec } = request;
    if (!spec.launch.confined) return await this.#spawn(request, await command(undefined));
    const scratch = await this.#options.scratch.make().catch((cause: unknown) => {
      throw launchFailed(spec.id, cause);
    });
    const remove = (): void => this.#options.scratch.remove(scratch);
    try {
      const spawned = await this.#spawn(request, await command(scratch));
      void spawned.ended.then(remove);
      return spawned;
    } catch (error) {
      remove();
      throw error;
    }
  }

  async #spawn(request: SpawnRequest, command: InstanceCommand): Promise<SpawnedProcess> {
    const { spec, generation, role, wiring } = request;
    const entry = this.open();
    const child = await start(command, spec, wiring, entry);
    // Listen in the same tick as `spawn`, or the exit could be missed.
    const ended = new Promise<ProcessExit>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    const pid = child.pid as number;
    letGo(child);
    if (wiring.descriptors.includes('ipc')) this.#options.networks.open(spec, child, ended);
    const identity = identityOf(identifyProcess(pid) ?? { pid, startTime: undefined }, generation);
    const numbered = role === 'instance' ? { generation } : {};
    entry.started({ ...identity.process, plugin: spec.id, folder: spec.folder, role, ...numbered });
    // Forks carry the mark of their template, so this finds what they left behind, too.
    this.#follow(pid, entry, ended, () => this.#survivors.endSurvivorsOf(entry));
    const sockets = child.stdio as unknown as readonly Socket[];
    // standard output that carries frames is read by the transport
    const stdout = wiring.descriptors[0] === 'pipe' ? Readable.from([]) : (child.stdout as Readable);
    const output = this.capture(spec, identity, { stdout, stderr: child.stderr as Readable });
    const lifeline = wiring.lifeline === undefined ? {} : { lifeline: sockets[wiring.lifeline] as Socket };
    return { entry, identity, isChild: true, mayBeKeeper: spec.launch.confined, output, sockets, ...lifeline, ended };
  }

  /** Passes on what an instance writes, line by line. */
  capture(spec: PluginSpec, identity: InstanceIdentity, streams: OutputStreams): OutputCapture {
    return new OutputCapture(streams, hideSecrets(spec.secrets), (line) =>
      this.#options.output(spec.id, identity, line),
    );
  }

  /** Opens an entry for something that is started in another way. */
  open(): LedgerEntry {
    return this.#options.ledger.open();
  }

  /** Records a process that somebody else has started, under the mark of `entry`: a template, or a container engine. */
  adopt({ identity, entry, ended }: AdoptedProcess, { id, folder }: PluginSpec, facts: AdoptedFacts): void {
    if (identity === undefined) return void ended.then(() => entry.remove());
    entry.note({ ...identity, plugin: id, folder, ...facts });
    this.#follow(identity.pid, entry, ended, () => entry.remove());
  }

  /** Changes the record of an instance that runs. */
  note(identity: InstanceIdentity, changes: Partial<ProcessFacts>): void {
    if (identity.process !== undefined) this.#entries.get(identity.process.pid)?.note(changes);
  }

  /** Resolves when nothing is left of the processes that have exited: no survivor, no record in the ledger. */
  async settled(): Promise<void> {
    await this.#survivors.settled();
    await this.#options.scratch.settled();
  }

  #follow(pid: number, entry: LedgerEntry, ended: Promise<unknown>, afterwards: () => void): void {
    this.#entries.set(pid, entry);
    void ended.then(() => {
      if (this.#entries.get(pid) === entry) this.#entries.delete(pid);
      afterwards();
    });
  }
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
    entry.remove();
    throw launchFailed(id, error, launch.command === undefined ? undefined : cureOfCommand(error));
  }
}

function cureOfCommand(error: unknown): string | undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT')
    return 'Write in `command` a program that is on the PATH, or its path, relative to the folder of the plugin.';
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

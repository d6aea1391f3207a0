import { randomBytes } from 'node:crypto';
import type { HelloPayload } from '@bulkhead/protocol';
import { rmdirSync, truncateSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { hostName } from '../../lifecycle/host-name.ts';
import { machineName } from '../../lifecycle/machine-name.ts';
import { makePrivateFolder } from '../../lifecycle/private-folder.ts';
import type { ProcessIdentity } from '../../lifecycle/process-identity.ts';
import { writeAtomically } from '../../lifecycle/write-atomically.ts';
import type { StartMode } from '../launcher.ts';
import type { LimitHolders } from '../limits/limit-holders.ts';
import type { ProcessRole } from '../running-instance.ts';

/** The variable that marks an instance and all that it starts: its value is the name of the instance's entry. */
export const INSTANCE_MARK = 'BULKHEAD_INSTANCE';

/** What the ledger says of a process. */
export interface ProcessFacts extends ProcessIdentity {
  readonly plugin: string;
  /** The plugin's folder: another registry may use the same id for another plugin. */
  readonly folder: string;
  readonly role: ProcessRole;
  /** Undefined of a template or spare. */
  readonly generation?: number | undefined;
  /** Name of its container; undefined: it runs in none. */
  readonly container?: string | undefined;
  /** How it was started, and why so. */
  readonly start?: StartMode | undefined;
  /** The gates that it has closed; undefined: none, or it is not ready. */
  readonly sandbox?: HelloPayload['sandbox'];
  /** What holds each of its limits. */
  readonly limits?: LimitHolders | undefined;
  /** The folder that it may write to, if it is sandboxed and does not share that of its template. */
  readonly scratch?: string | undefined;
  /** The folder of its sockets, if that lies outside of the state folder. */
  readonly sockets?: string | undefined;
  /** Of a group: the plugins that run in it. */
  readonly members?: readonly GroupMember[] | undefined;
  /** As its host judges it; undefined until it is ready. */
  readonly health?: string | undefined;
}

/** A plugin that runs in a group. */
export interface GroupMember {
  readonly plugin: string;
  readonly folder: string;
  readonly generation: number;
}

/** The content of an entry: the mark, and where its sockets lie, until its process has started. */
export interface LedgerRecord extends Partial<ProcessFacts> {
  readonly mark: string;
}

export interface LedgerEntry {
  readonly mark: string;
  /** No other entry of this host has it. */
  readonly name: string;
  /** To be called in the same tick as `spawn`. */
  started(facts: ProcessFacts): void;
  /** Writes changes soon; those that come together are written once. */
  note(changes: Partial<ProcessFacts>): void;
  /** An entry for a fork of this process, with the same mark; written at its first `note`. */
  fork(number: number): LedgerEntry;
  remove(): void;
}

export interface HostNote {
  write(text: string): void;
  remove(): void;
}

/**
 * A record of the instances that this host runs, for the next host in case this one is killed:
 *
 *     MACHINE/HOST-PID-START/MARK            of a process that was spawned
 *     MACHINE/HOST-PID-START/MARK.NUMBER     of a fork of it
 *     MACHINE/HOST-PID-START/.KIND-NUMBER    a note on this host, such as the leases that it holds
 *
 * An entry exists before its process does, and its name is enough to find the process. So a host may die at any moment; the
 * content of the entry only makes the search surer.
 */
export class Ledger {
  readonly folder: string;
  readonly #machine: string;
  readonly #own: string;
  /** This host on this machine, as a relative path: `MACHINE/HOST-PID-START`. */
  readonly hostPath: string;

  constructor(folder: string) {
    this.folder = folder;
    this.#machine = machineName();
    this.hostPath = join(this.#machine, hostName(process.pid));
    this.#own = join(folder, this.hostPath);
  }

  /** Opens an entry, before the process starts. A plugin runs even if the ledger can't be written. */
  open({ sockets }: Pick<ProcessFacts, 'sockets'> = {}): LedgerEntry {
    const entry = new Entry(this.#own, randomBytes(12).toString('hex'));
    entry.opened({ sockets });
    return entry;
  }

  /** Opens a note of that kind. It exists from its first `write` on, and holds as long as this host runs. */
  note(kind: string): HostNote {
    return new Entry(this.#own, '', `${notePrefix(kind)}${randomBytes(6).toString('hex')}`);
  }

  /** The folder of this machine: process ids of another mean nothing here. */
  get machineFolder(): string {
    return join(this.folder, this.#machine);
  }
}

/** A start notes several things, one after the other. */
const SOON_MILLISECONDS = 100;

class Entry implements LedgerEntry {
  readonly mark: string;
  readonly #folder: string;
  readonly name: string;
  #record: LedgerRecord;
  #writing: NodeJS.Timeout | undefined;

  constructor(folder: string, mark: string, name = mark) {
    this.#folder = folder;
    this.name = name;
    this.mark = mark;
    this.#record = { mark };
  }

  opened(facts: Pick<ProcessFacts, 'sockets'>): void {
    this.#record = { ...this.#record, ...facts };
    this.write(JSON.stringify(this.#record));
  }

  started(facts: ProcessFacts): void {
    this.#record = { ...this.#record, ...facts };
    this.write(JSON.stringify(this.#record));
  }

  note(changes: Partial<ProcessFacts>): void {
    this.#record = { ...this.#record, ...changes };
    // Not at once: the caller is in the middle of a start, or of calls.
    this.#writing ??= setTimeout(() => {
      this.#writing = undefined;
      this.write(JSON.stringify(this.#record));
    }, SOON_MILLISECONDS).unref();
  }

  fork(number: number): LedgerEntry {
    return new Entry(this.#folder, this.mark, `${this.mark}.${number}`);
  }

  remove(): void {
    clearTimeout(this.#writing);
    attempt(() => unlinkSync(join(this.#folder, this.name)));
    attempt(() => rmdirSync(this.#folder)); // others may be in it
  }

  write(text: string): void {
    const file = join(this.#folder, this.name);
    try {
      makePrivateFolder(this.#folder);
      writeAtomically(file, text);
    } catch {
      // The disk is full, or the folder read-only: the lifeline must do. A stale entry is worse than none.
      attempt(() => truncateSync(file));
    }
  }
}

function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // it was never written
  }
}

/** The beginning of the names of such notes. */
export function notePrefix(kind: string): string {
  return `.${kind}-`;
}

/** The mark of the process whose entry has this name; undefined: it is a draft, or a note. */
export function markOfEntry(name: string): string | undefined {
  return name.startsWith('.') ? undefined : name.replace(/\.\d+$/, '');
}

import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, rmdirSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machineName } from '../../lifecycle/machine-name.ts';
import { identifyProcess, type ProcessIdentity } from '../../lifecycle/process-identity.ts';
import type { StartMode } from '../launcher.ts';
import type { ProcessRole } from '../running-instance.ts';

/** The variable by which an instance, and whatever it starts, is known: its value is the name of its entry. */
export const INSTANCE_MARK = 'BULKHEAD_INSTANCE';

/** What is known of a process, for whoever reads the ledger. */
export interface ProcessFacts extends ProcessIdentity {
  readonly plugin: string;
  /** The plugin's folder: ids are given anew in each registry. */
  readonly folder: string;
  readonly role: ProcessRole;
  /** Undefined of what is no instance, or not yet. */
  readonly generation?: number | undefined;
  /** How it was started, and why so. */
  readonly start?: StartMode | undefined;
  /** As its host sees it; undefined until it is ready. */
  readonly health?: string | undefined;
}

/** What stands in an entry; only the mark, while its process is being started. */
export interface LedgerRecord extends Partial<ProcessFacts> {
  readonly mark: string;
}

export interface LedgerEntry {
  readonly mark: string;
  /** To be called in the same tick as `spawn`. */
  started(facts: ProcessFacts): void;
  /** Writes down what has changed, soon: what changes together is written once. */
  note(changes: Partial<ProcessFacts>): void;
  /** An entry of its own for a fork of this process, which has the same mark. Not written before it is noted. */
  fork(number: number): LedgerEntry;
  remove(): void;
}

export interface HostNote {
  write(text: string): void;
  remove(): void;
}

/**
 * Which instances this host has running, for the host after it, should this one be killed:
 *
 *     MACHINE/HOST-PID-START/MARK            of a process that was spawned
 *     MACHINE/HOST-PID-START/MARK.NUMBER     of a fork of it
 *     MACHINE/HOST-PID-START/.KIND-NUMBER    what else somebody is to know of this host, while it runs
 *
 * An entry exists before its process does. Its name is all that is needed to find the process, so a host may die at any
 * moment: what it was about to write into the entry only makes the search surer.
 */
export class Ledger {
  readonly folder: string;
  readonly #machine: string;
  readonly #own: string;

  constructor(folder: string) {
    this.folder = folder;
    this.#machine = machineName();
    this.#own = join(folder, this.#machine, hostName(process.pid));
  }

  /** Opens an entry, before the process is started. A ledger that can't be written keeps no plugin from running. */
  open(): LedgerEntry {
    const entry = new Entry(this.#own, randomBytes(12).toString('hex'));
    entry.write('');
    return entry;
  }

  /** Opens a note of that kind; nothing is there before it is written, and nothing of it is true once the host is gone. */
  note(kind: string): HostNote {
    return new Entry(this.#own, '', `${notePrefix(kind)}${randomBytes(6).toString('hex')}`);
  }

  /** The folder of the machine that this host runs on: process ids of another mean nothing here. */
  get machineFolder(): string {
    return join(this.folder, this.#machine);
  }
}

/** A start notes several things, one after the other. */
const SOON_MILLISECONDS = 100;

class Entry implements LedgerEntry {
  readonly mark: string;
  readonly #folder: string;
  readonly #name: string;
  #record: LedgerRecord;
  #writing: NodeJS.Timeout | undefined;

  constructor(folder: string, mark: string, name = mark) {
    this.#folder = folder;
    this.#name = name;
    this.mark = mark;
    this.#record = { mark };
  }

  started(facts: ProcessFacts): void {
    this.#record = { ...this.#record, ...facts };
    this.write(JSON.stringify(this.#record));
  }

  note(changes: Partial<ProcessFacts>): void {
    this.#record = { ...this.#record, ...changes };
    // Not at once: whoever notes something is in the middle of a start, or of calls.
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
    attempt(() => unlinkSync(join(this.#folder, this.#name)));
    attempt(() => rmdirSync(this.#folder)); // others may be in it
  }

  /** By way of a draft, so that a reader sees the old text or the new, never a part. */
  write(text: string): void {
    const file = join(this.#folder, this.#name);
    const draft = join(this.#folder, `.${this.#name}`);
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      writeFileSync(draft, text);
      renameSync(draft, file);
    } catch {
      // A full disk or a folder that can't be written: the lifeline has to do. What is true no longer is not left there.
      attempt(() => truncateSync(file));
      attempt(() => unlinkSync(draft));
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

/** With what the names of a kind of notes begin. */
export function notePrefix(kind: string): string {
  return `.${kind}-`;
}

/** The mark of the process whose entry has this name; undefined: it is a draft, or a note. */
export function markOfEntry(name: string): string | undefined {
  return name.startsWith('.') ? undefined : name.replace(/\.\d+$/, '');
}

function hostName(pid: number): string {
  return `${pid}-${identifyProcess(pid)?.startTime ?? ''}`;
}

/** Whether the host whose folder has this name is running. */
export function isHostAlive(name: string): boolean {
  const pid = Number.parseInt(name, 10);
  const identity = Number.isInteger(pid) && pid > 0 ? identifyProcess(pid) : undefined;
  if (identity === undefined) return false;
  // A start time that can't be read just now makes it no dead one.
  return identity.startTime === undefined || hostName(pid) === name;
}

import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, readlinkSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { identifyProcess, type ProcessIdentity } from '../lifecycle/process-identity.ts';

/** The variable by which an instance, and whatever it starts, is known: its value is the name of its entry. */
export const INSTANCE_MARK = 'BULKHEAD_INSTANCE';

/** What stands in an entry; only the mark, while its process is being started. */
export interface LedgerRecord extends Partial<ProcessIdentity> {
  readonly mark: string;
  readonly plugin?: string;
}

export interface LedgerEntry {
  readonly mark: string;
  /** To be called in the same tick as `spawn`. */
  started(plugin: string, process: ProcessIdentity): void;
  remove(): void;
}

/**
 * Which instances this host has running, for the host after it, should this one be killed:
 *
 *     MACHINE/HOST-PID-START/MARK
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
    const mark = randomBytes(12).toString('hex');
    const file = join(this.#own, mark);
    const write = (text: string): void => {
      try {
        mkdirSync(this.#own, { recursive: true, mode: 0o700 });
        writeFileSync(file, text);
      } catch {
        // a full disk or a folder that can't be written: the lifeline has to do
      }
    };
    write('');
    return {
      mark,
      started: (plugin, process) =>
        write(JSON.stringify({ mark, plugin, pid: process.pid, startTime: process.startTime } satisfies LedgerRecord)),
      remove: () => this.#remove(file),
    };
  }

  /** The folder of the machine that this host runs on: process ids of another mean nothing here. */
  get machineFolder(): string {
    return join(this.folder, this.#machine);
  }

  #remove(file: string): void {
    try {
      unlinkSync(file);
      rmdirSync(this.#own);
    } catch {
      // it was never written, or others are in the folder
    }
  }
}

function hostName(pid: number): string {
  return `${pid}-${identifyProcess(pid)?.startTime ?? ''}`;
}

/** Whether the host whose folder has this name is running. */
export function isHostAlive(name: string): boolean {
  const pid = Number.parseInt(name, 10);
  return Number.isInteger(pid) && pid > 0 && identifyProcess(pid) !== undefined && hostName(pid) === name;
}

/** Differs between machines that share a folder, between boots, and between containers. */
function machineName(): string {
  return [hostname(), bootId(), processNamespace()].map(encodeURIComponent).join('~');
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8);
  } catch {
    return '';
  }
}

function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
  } catch {
    return '';
  }
}

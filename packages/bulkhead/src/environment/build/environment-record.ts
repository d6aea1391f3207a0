import { accessSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChangedFile } from '../../errors/catalogue/environment.ts';
import { type IdentityInputs, withoutCredentials } from './identity.ts';
import type { LocalSources } from './local-sources.ts';
import type { NodeInterpreter, PythonInterpreter } from '../ready-environment.ts';
import { writeAtomically } from '../../lifecycle/write-atomically.ts';

/** The record in an environment's folder: it says that the environment is complete, and what is in it. A missing key says nothing. */
export type EnvironmentRecord = RecordOfAny & (PythonParts | NodeParts);

/** What the record of a Python environment has besides. */
export interface PythonParts {
  readonly python: PythonInterpreter;
  /** Relative to the environment. */
  readonly sitePackages: string;
  readonly node?: undefined;
}

/** What the record of an environment of Node has besides. */
export interface NodeParts {
  readonly node: NodeInterpreter;
  readonly python?: undefined;
  /** Names of packages that would have run a script when they were installed, and were not let. */
  readonly unrunScripts: readonly string[];
}

interface RecordOfAny {
  readonly format: 1;
  readonly identity: string;
  /** RFC 3339. */
  readonly created: string;
  /** When its packages were resolved, or newer ones were last looked for: RFC 3339. */
  readonly resolved?: string;
  /** Version of Bulkhead that built it. */
  readonly bulkhead: string;
  /** Such as `uv 0.13.9`. */
  readonly builder: string;
  readonly packages: Readonly<Record<string, string>>;
  /** Whether a trial import proved it. */
  readonly tried: boolean;
  readonly inputs: IdentityInputs;
  readonly localSources: LocalSources;
  /** The plugins that have run in it, as far as their folders are still there. */
  readonly plugins?: readonly PluginInEnvironment[];
  /** What was found to be changed in it: nobody is started in it any more. */
  readonly changed?: readonly ChangedFile[];
}

export interface PluginInEnvironment {
  readonly id: string;
  readonly folder: string;
  /** Whether its permissions kept it from writing there. */
  readonly confined: boolean;
}

export const FILE_OF_RECORD = 'bulkhead.json';

/** The record's path: its modification time is when the environment was last used. */
export function fileOfRecord(prefix: string): string {
  return join(prefix, FILE_OF_RECORD);
}

export function resolvedAt({ resolved, created }: EnvironmentRecord): string {
  return resolved ?? created;
}

/** Reads the record of the environment at `prefix`; undefined if there is none, or the environment is damaged. @throws the file system's error */
export function readRecord(prefix: string): EnvironmentRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(fileOfRecord(prefix), 'utf8')) as EnvironmentRecord;
    if (record.format !== 1) return undefined;
    // the interpreter is a link to the base Python, which the user may have removed
    if (record.python !== undefined)
      for (const path of [environmentPython(prefix), record.python.executable, join(prefix, record.sitePackages)])
        accessSync(path);
    else if (Object.keys(record.packages).length > 0) accessSync(join(prefix, 'node_modules'));
    return record;
  } catch (error) {
    // Any other error says nothing about the environment: it may be complete, so it must not be built over.
    const { code = '' } = error as NodeJS.ErrnoException;
    if (error instanceof SyntaxError || code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** As `readRecord`; undefined as well if it can't be read. */
export function readableRecord(prefix: string): EnvironmentRecord | undefined {
  try {
    return readRecord(prefix);
  } catch {
    return undefined;
  }
}

/** Call it last: an environment with a record is complete. */
export function writeRecord(prefix: string, record: EnvironmentRecord): void {
  writeAtomically(
    fileOfRecord(prefix),
    `${JSON.stringify(withoutCredentials<EnvironmentRecord>(record), undefined, 2)}\n`,
  );
}

export function environmentPython(prefix: string): string {
  return process.platform === 'win32' ? join(prefix, 'Scripts', 'python.exe') : join(prefix, 'bin', 'python');
}

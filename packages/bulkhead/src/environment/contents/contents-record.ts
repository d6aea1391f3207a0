import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { makePrivateFolder } from '../../lifecycle/private-folder.ts';
import { writeAtomically } from '../../lifecycle/write-atomically.ts';
import type { BuiltRuntime } from '../build/contents.ts';
import type { StateFolder } from '../state-folder.ts';
import { fileOfContents } from './file-of-contents.ts';
import { type FileStates, JUST_CHANGED } from './files-of.ts';
import type { HeldFile, Inventory } from './inventory.ts';

/** What an environment held when it was built. It lies outside of the environment. */
export interface ContentsRecord {
  /** Which interpreter runs it, and where its packages lie: what the environment's own record says of this decides what is executed. */
  readonly start: string;
  /** Over the states of all files; undefined: one had just been changed, so its state proves nothing. */
  readonly digest: string | undefined;
  inventory(): Inventory;
}

/** The record's first line; the files follow, and are read only where the digest does not fit. */
interface Heading extends Pick<ContentsRecord, 'start' | 'digest'> {
  readonly format: 1;
}

export function startOf(runtime: BuiltRuntime): string {
  return runtime.kind === 'node'
    ? runtime.node.executable
    : `${runtime.python.executable} ${relative(runtime.prefix, runtime.sitePackages)}`;
}

/** Undefined: there is none, or it is damaged. */
export async function readContents(state: StateFolder, prefix: string): Promise<ContentsRecord | undefined> {
  const text = await readFile(fileOfContents(state, prefix), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const end = text.indexOf('\n');
  try {
    const { format, start, digest } = JSON.parse(text.slice(0, end)) as Heading;
    if (format !== 1) return undefined;
    return { start, digest, inventory: () => new Map(JSON.parse(text.slice(end)) as [string, HeldFile][]) };
  } catch {
    return undefined;
  }
}

/** @throws the file system's error */
export function writeContents(state: StateFolder, prefix: string, start: string, inventory: Inventory): void {
  const heading: Heading = { format: 1, start, digest: digestOf(statesIn(inventory)) };
  makePrivateFolder(state.contents);
  writeAtomically(fileOfContents(state, prefix), `${JSON.stringify(heading)}\n${JSON.stringify([...inventory])}\n`);
}

export function statesIn(inventory: Inventory): FileStates {
  return new Map([...inventory].map(([path, { state }]) => [path, state]));
}

/** Undefined: one of them has just been changed. */
export function digestOf(states: FileStates): string | undefined {
  if ([...states.values()].includes(JUST_CHANGED)) return undefined;
  const lines = [...states].map(([path, state]) => `${path}\0${state}`).toSorted();
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

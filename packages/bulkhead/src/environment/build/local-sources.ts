import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readRegularFile } from '../../lifecycle/read-regular-file.ts';
import type { InstalledSource } from './installed-sources.ts';
import { type TreeState, treeState } from './source-tree.ts';

/** What was installed from this disk, and in which state: by path. */
export type LocalSources = Readonly<Record<string, LocalSource>>;

export interface LocalSource extends Omit<InstalledSource, 'path'> {
  /** Changes with what was installed. Nothing is equal to `changing`. */
  readonly state: string;
}

/** It was written to while it was being installed: what is in the environment is not known. */
const CHANGING = 'changing';
const LARGEST_FILE = 16 * 1024 ** 2;
/** What decides about an editable project: its code is read where it lies. */
const METADATA = ['pyproject.toml', 'setup.py', 'setup.cfg', 'requirements.txt'];

/** Compares with what lies on this disk now, which it reads once: many environments may be made of the same. */
export class PresentSources {
  readonly #states = new Map<string, Promise<TreeState>>();

  /** Whether all of it is still as it was installed. */
  async areStill(sources: LocalSources): Promise<boolean> {
    const states = await Promise.all(
      Object.entries(sources).map(async ([path, { kind, state }]) => (await this.#stateOf(path, kind)).hash === state),
    );
    return !states.includes(false);
  }

  async #stateOf(path: string, kind: InstalledSource['kind']): Promise<TreeState> {
    const key = `${kind} ${path}`;
    const state = this.#states.get(key) ?? stateOf(path, kind);
    this.#states.set(key, state);
    return await state;
  }
}

/**
 * @param before states from before the installation, as far as the paths were known
 * @param began when it began, in milliseconds: what was changed later and was not known before may be in the environment, or not
 */
export async function statesOf(
  installed: readonly InstalledSource[],
  before: Readonly<Record<string, string>>,
  began: number,
): Promise<LocalSources> {
  const sources = installed.map(async ({ path, name, kind }) => {
    const { hash, changed } = await stateOf(path, kind);
    const isKnown = before[path] === undefined ? changed < began : before[path] === hash;
    return [path, { name, kind, state: isKnown ? hash : CHANGING }] as const;
  });
  return Object.fromEntries(await Promise.all(sources));
}

/** The present states of `sources`, for `statesOf`. */
export async function statesNow(sources: LocalSources): Promise<Record<string, string>> {
  const states = Object.entries(sources).map(
    async ([path, { kind }]) => [path, (await stateOf(path, kind)).hash] as const,
  );
  return Object.fromEntries(await Promise.all(states));
}

async function stateOf(path: string, kind: InstalledSource['kind']): Promise<TreeState> {
  if (kind === 'folder') return await treeState(path);
  if (kind === 'package') return await treeState(path, { holds: 'package' });
  if (kind === 'file') {
    const found = await stat(path).catch(() => undefined);
    return { hash: `${found?.size} ${found?.mtimeMs}`, changed: found?.ctimeMs ?? 0 };
  }
  const files = METADATA.map((name) => join(path, name));
  const texts = await Promise.all(files.map(textOf));
  // the project says itself that other files decide, too, such as sources to compile
  if (/^\s*cache-keys\s*=/m.test(texts[0]?.toString('utf8') ?? '')) return await treeState(path);
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text?.length} `).update(text ?? '');
  const changes = files.map(async (file) => (await stat(file).catch(() => undefined))?.ctimeMs ?? 0);
  return { hash: hash.digest('hex'), changed: Math.max(...(await Promise.all(changes))) };
}

async function textOf(file: string): Promise<Buffer | undefined> {
  return await readRegularFile(file, LARGEST_FILE).catch(() => undefined);
}

import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileOfContents } from '../contents/file-of-contents.ts';
import type { StateFolder } from '../state-folder.ts';
import { type EnvironmentRecord, readRecord, resolvedAt } from './environment-record.ts';
import { type LocalSource, type LocalSources, PresentSources } from './local-sources.ts';

/** The folders of one build of an environment: both have its name, `IDENTITY-BUILD`. */
export interface BuildFolders {
  /** The virtual environment. */
  readonly prefix: string;
  /** Lasts as long as the build; it is made first, so it tells even of a build that had hardly begun. */
  readonly workshop: string;
}

export interface CompleteEnvironment {
  readonly prefix: string;
  readonly record: EnvironmentRecord;
}

/** Short, because the path of an environment is part of the first line of the scripts in it, which some systems bound. */
const BUILD_BYTES = 4;
const NAME = /^([0-9a-f]{32})-[0-9a-f]{8}$/;

export function newAttempt(state: StateFolder, identity: string): BuildFolders {
  return foldersOf(state, `${identity}-${randomBytes(BUILD_BYTES).toString('hex')}`);
}

/** The identity of the environment whose folder has this name; undefined: it is not one of ours. */
export function identityOfFolder(path: string): string | undefined {
  return NAME.exec(basename(path))?.[1];
}

/**
 * The environment of that identity which can be used as it is: what was installed from this disk is still the same, and nothing was
 * found to be changed in it. Of several the one that was resolved last, which an upgrade has made.
 */
export async function findComplete(state: StateFolder, identity: string): Promise<CompleteEnvironment | undefined> {
  let newest: CompleteEnvironment | undefined;
  const present = new PresentSources();
  for (const complete of completeOnes(state, identity)) {
    if (complete.record.changed !== undefined || !existsSync(fileOfContents(state, complete.prefix))) continue;
    if (newest !== undefined && resolvedAt(complete.record) <= resolvedAt(newest.record)) continue;
    if (await present.areStill(complete.record.localSources)) newest = complete;
  }
  return newest;
}

/** What builds of that identity have installed from this disk before. */
export function sourcesBefore(state: StateFolder, identity: string): LocalSources {
  const known: Record<string, LocalSource> = {};
  for (const { record } of completeOnes(state, identity)) Object.assign(known, record.localSources);
  return known;
}

/** Whether something was changed in an environment of that identity, and none has taken its place yet. */
export async function isToBeReplaced(state: StateFolder, identity: string): Promise<boolean> {
  const isChanged = completeOnes(state, identity).some(({ record }) => record.changed !== undefined);
  return isChanged && (await findComplete(state, identity)) === undefined;
}

/** All builds of that identity that have left something and are not complete. */
export function halfBuilt(state: StateFolder, identity: string): BuildFolders[] {
  const names = [state.environments, state.builds].flatMap((folder) => namesOf(folder, identity));
  const attempts = [...new Set(names)].map((name) => foldersOf(state, name));
  return attempts.filter(({ prefix }) => readRecord(prefix) === undefined);
}

function completeOnes(state: StateFolder, identity: string): CompleteEnvironment[] {
  return namesOf(state.environments, identity).flatMap((name) => {
    const { prefix } = foldersOf(state, name);
    const record = readRecord(prefix);
    return record === undefined ? [] : [{ prefix, record }];
  });
}

function foldersOf(state: StateFolder, name: string): BuildFolders {
  return { prefix: join(state.environments, name), workshop: join(state.builds, name) };
}

function namesOf(folder: string, identity: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => identityOfFolder(name) === identity)
      .toSorted();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

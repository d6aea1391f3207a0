import { join } from 'node:path';
import type { DiscoveredPython } from './python-discovery.ts';
import { isMissing, readRegularFile } from '../../lifecycle/read-regular-file.ts';
import { remembered } from '../../requirements/remembered.ts';
import { fitsPython, releaseOf } from '../../requirements/python-version.ts';
import { compareReleases } from '../../requirements/version.ts';

/** What a Python has to fit, all of it. */
export interface WantedPython {
  /** `python_version` of the registry, or else the plugin's `.python-version`. */
  readonly pinned: string | undefined;
  readonly requires: string | undefined;
}

/** The oldest that plugins are run on. */
const OLDEST = '>=3.9';

/**
 * The registry's word overrides the plugin's `.python-version`: that is how its author's machine is set up, and may name
 * a patch release that this machine does not have.
 */
export async function wantedPython(
  registry: string | undefined,
  folder: string,
  requires: string | undefined,
): Promise<WantedPython> {
  return { pinned: registry ?? (await versionFile(folder)), requires };
}

/** Such as `3.11 and >=3.9`, for messages; `3.9 or newer` when nothing is asked for. */
export function describeWanted(wanted: WantedPython, pythons: readonly DiscoveredPython[]): string {
  const parts = [wanted.pinned, wanted.requires].filter((part) => part !== undefined && part !== '');
  if (parts.length === 0) return '3.9 or newer';
  return `${parts.join(' and ')}${isTooOld(wanted, pythons) ? ' (but the plugin SDK needs 3.9 or newer)' : ''}`;
}

/** Whether there is what was asked for, only that it is older than what plugins can be run on. */
export function isTooOld({ pinned, requires }: WantedPython, pythons: readonly DiscoveredPython[]): boolean {
  return pythons.some(({ version }) => fitsAll(version, [pinned, requires]) && !fitsAll(version, [OLDEST]));
}

/**
 * Among the Pythons that fit: ordinary builds (stable, CPython, with the global lock) before others; the active
 * environment's before the shell's `python3` before the newest. So a plugin that doesn't care runs on what the user calls Python,
 * shares its environment with others, and does not change when a newer Python is installed beside it.
 */
export function choosePython(
  pythons: readonly DiscoveredPython[],
  { pinned, requires }: WantedPython,
): DiscoveredPython | undefined {
  const choose = choices.get(pythons) ?? remembered((parts) => bestOf(pythons, JSON.parse(parts) as string[]));
  choices.set(pythons, choose);
  return choose(JSON.stringify([OLDEST, pinned ?? '', requires ?? '']));
}

/** A thousand plugins ask the same few things of the Pythons that were found for all of them. */
const choices = new WeakMap<readonly DiscoveredPython[], (parts: string) => DiscoveredPython | undefined>();

function bestOf(pythons: readonly DiscoveredPython[], wanted: readonly string[]): DiscoveredPython | undefined {
  return pythons.filter(({ version }) => fitsAll(version, wanted)).toSorted(byPreference)[0];
}

function fitsAll(version: string, wanted: readonly (string | undefined)[]): boolean {
  return wanted.every((part) => part === undefined || fitsPython(version, part) === true);
}

/** The order in which Pythons are chosen, where several fit. */
export function byPreference(left: DiscoveredPython, right: DiscoveredPython): number {
  return (
    oddness(left) - oddness(right) ||
    STANDING[left.standing] - STANDING[right.standing] ||
    compareReleases(releaseOf(right.version) ?? [], releaseOf(left.version) ?? []) ||
    (left.executable < right.executable ? -1 : 1)
  );
}

const STANDING = { active: 0, default: 1, kept: 2 } as const;

function oddness(python: DiscoveredPython): number {
  return (
    (python.stable ? 0 : 4) + (python.implementation === 'cpython' ? 0 : 2) + (python.abiFlags.includes('t') ? 1 : 0)
  );
}

const LARGEST_VERSION_FILE = 10_000;

/** pyenv's and uv's file may also hold the name of a virtual environment or another implementation: that says nothing here. */
async function versionFile(folder: string): Promise<string | undefined> {
  const file = join(folder, '.python-version');
  if (isMissing(file)) return undefined;
  const text = await readRegularFile(file, LARGEST_VERSION_FILE).then(String, () => '');
  const first = text
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '' && !line.startsWith('#'));
  return /^(?:cpython-?|python-?)?(\d+(?:\.\d+){0,2})$/.exec(first ?? '')?.[1];
}

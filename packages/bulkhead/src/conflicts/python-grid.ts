import { evaluateMarker, type Marker, type MarkerEnvironment, valuesOf } from '../requirements/marker.ts';
import { parseVersion } from '../requirements/version.ts';
import type { ReadList } from './requirement-list.ts';

/** Some of the grid's Pythons: bit `i` for the one at `i`. */
export type Pythons = bigint;

/** The system that the environments are for. Markers are evaluated for this one only. */
export interface Platform {
  readonly os_name: string;
  readonly sys_platform: string;
  readonly platform_system: string;
  readonly platform_machine: string;
  readonly platform_release: string;
  readonly platform_version: string;
}

const MINORS = [9, 10, 11, 12, 13, 14, 15];
/** Stands for the latest release of a Python: no series gets this far. */
const LATEST_PATCH = 99;

/**
 * The Pythons in which plugins are compared: CPython 3.9 to 3.15, each in its latest release, in the releases next to any that a
 * plugin names, and in those that this machine has. A marker is decided by evaluating it in each of them.
 */
export class PythonGrid {
  /** Such as `3.11.7`, ascending. */
  readonly versions: readonly string[];
  readonly all: Pythons;
  readonly #environments: readonly MarkerEnvironment[];

  constructor(lists: readonly ReadList[], platform: Platform, present: readonly string[]) {
    const patches = new Map(MINORS.map((minor) => [minor, new Set([LATEST_PATCH])]));
    for (const version of [...lists.flatMap(linesDrawn), ...present]) {
      const [, minor = '', patch] = /^3\.(\d+)(?:\.(\d+))?/.exec(version) ?? [];
      const known = patches.get(Number(minor));
      // no Python has so late a release: nothing changes there
      if (patch === undefined || Number(patch) > LATEST_PATCH) continue;
      for (const near of [-1, 0, 1]) known?.add(Math.min(LATEST_PATCH, Math.max(0, Number(patch) + near)));
    }
    const versions = [...patches].flatMap(([minor, all]) =>
      [...all].toSorted((one, other) => one - other).map((patch) => `3.${minor}.${patch}`),
    );
    this.versions = versions;
    this.all = (1n << BigInt(versions.length)) - 1n;
    this.#environments = versions.map((version) => environmentOf(version, platform));
  }

  /** The Pythons that a plugin may run on. */
  allowedBy({ pythons }: ReadList): Pythons {
    return this.#where((_, version) => {
      const parsed = parseVersion(version);
      return parsed !== undefined && pythons.contains(parsed);
    });
  }

  /** The Pythons in which a marker certainly holds. */
  in(marker: Marker | undefined): Pythons {
    if (marker === undefined) return this.all;
    return this.#where((environment) => evaluateMarker(marker, environment) === true);
  }

  has(pythons: Pythons, version: string): boolean {
    const index = this.versions.indexOf(version);
    return index !== -1 && (pythons & (1n << BigInt(index))) !== 0n;
  }

  /** In words, such as `3.9 to 3.11, 3.13 or newer`. */
  describe(pythons: Pythons): string {
    const minors = MINORS.filter((minor) =>
      this.versions.some((version) => version.startsWith(`3.${minor}.`) && this.has(pythons, version)),
    );
    const runs: number[][] = [];
    for (const minor of minors) {
      const run = runs.at(-1);
      if (run?.at(-1) === minor - 1) run.push(minor);
      else runs.push([minor]);
    }
    const newest = MINORS.at(-1);
    return runs
      .map((run) => {
        if (run.at(-1) === newest) return `3.${run[0]} or newer`;
        return run.length === 1 ? `3.${run[0]}` : `3.${run[0]} to 3.${run.at(-1)}`;
      })
      .join(', ');
  }

  #where(holds: (environment: MarkerEnvironment, version: string) => boolean): Pythons {
    let pythons = 0n;
    for (const [index, environment] of this.#environments.entries())
      if (holds(environment, this.versions[index] ?? '')) pythons |= 1n << BigInt(index);
    return pythons;
  }
}

function environmentOf(version: string, platform: Platform): MarkerEnvironment {
  return {
    ...platform,
    python_version: version.split('.').slice(0, 2).join('.'),
    python_full_version: version,
    implementation_version: version,
    implementation_name: 'cpython',
    platform_python_implementation: 'CPython',
    extra: '',
  };
}

/** The versions with a patch number that a list names: it may treat that release unlike the next. */
function linesDrawn({ wantedPython, requirements }: ReadList): string[] {
  const values = requirements.flatMap(({ condition }) =>
    condition === undefined
      ? []
      : ['python_full_version', 'python_version', 'implementation_version'].flatMap((name) =>
          valuesOf(condition, name),
        ),
  );
  return [wantedPython, ...values].flatMap((text) => text.match(/3\.\d+\.\d+/g) ?? []);
}

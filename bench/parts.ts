import type { PluginManager } from 'bulkhead';
import { betweenWires } from './between-wires.ts';
import { cache } from './cache.ts';
import { coldShell } from './cold-shell.ts';
import { concurrency } from './concurrency.ts';
import { conflicts } from './conflicts.ts';
import { containers } from './containers.ts';
import { environment } from './environment.ts';
import type { Figure } from './figure.ts';
import { forks } from './fork.ts';
import { hooks } from './hooks.ts';
import { idleHost } from './idle.ts';
import { inFlight } from './in-flight.ts';
import { largeData } from './large-data.ts';
import { manyCalls } from './many-calls.ts';
import { noSlope } from './no-slope.ts';
import { pluginHooks } from './plugin-hooks.ts';
import { resources } from './resources.ts';
import { sandbox } from './sandbox.ts';
import { scale } from './scale.ts';
import { start } from './start.ts';
import { findUv } from './surroundings.ts';
import { threads } from './threads.ts';
import { warmCall } from './warm-call.ts';
import { wires } from './wires.ts';

/** What the parts measure with. */
export interface Surroundings {
  readonly home: string;
  /** A host in which the plugin `echo` runs. */
  readonly manager: PluginManager;
  /** Path of the interpreter that `echo` runs on, for the floors. */
  readonly python: string;
}

/** Rows that are measured together. */
export interface Part {
  /** As `--only` takes it. */
  readonly name: string;
  /** @returns a text where this machine has not what it takes: why */
  measure(surroundings: Surroundings): Promise<readonly Figure[] | string>;
}

const PARTS: readonly Part[] = [
  { name: 'warm-call', measure: async ({ manager, python }) => [await warmCall(manager, python)] },
  { name: 'wires', measure: async ({ home }) => [...(await wires(home)), ...(await betweenWires(home))] },
  { name: 'in-flight', measure: async ({ manager, python }) => await inFlight(manager, python) },
  { name: 'many-calls', measure: async ({ home, python }) => await manyCalls(home, python) },
  { name: 'concurrency', measure: async ({ manager }) => [await concurrency(manager)] },
  { name: 'large-data', measure: async ({ manager, python }) => await largeData(manager, python) },
  { name: 'start', measure: async ({ home, python }) => [await start(home, python)] },
  { name: 'cold-shell', measure: async ({ home, python }) => await coldShell(home, python) },
  { name: 'forks', measure: async ({ home }) => await forks(home) },
  { name: 'threads', measure: async ({ home }) => await threads(home) },
  { name: 'sandbox', measure: async ({ home }) => await sandbox(home) },
  { name: 'containers', measure: async ({ home }) => await containers(home) },
  { name: 'environment', measure: async ({ home, python }) => await environment(await findUv(home), python) },
  { name: 'resources', measure: async () => await resources() },
  { name: 'cache', measure: async ({ manager }) => await cache(manager) },
  { name: 'hooks', measure: async ({ home }) => [...(await hooks()), ...(await pluginHooks(home))] },
  { name: 'scale', measure: async ({ home }) => await scale(home) },
  { name: 'idle', measure: async ({ home }) => [await idleHost(home)] },
  { name: 'no-slope', measure: async ({ home }) => await noSlope(home) },
  { name: 'conflicts', measure: async () => await conflicts() },
];

/**
 * @param names with commas between them; all parts without it
 * @throws Error where there is no such part
 */
export function partsNamed(names: string | undefined): readonly Part[] {
  if (names === undefined) return PARTS;
  return names.split(',').map((name) => {
    const part = PARTS.find((candidate) => candidate.name === name);
    if (part === undefined)
      throw new Error(`no part is named ${name}; there are: ${PARTS.map((one) => one.name).join(', ')}`);
    return part;
  });
}

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type InspectedEngine, inspectEngine } from '../engine/inspect-engine.ts';
import { identityOfFolder } from './build/build-folders.ts';
import { type EnvironmentRecord, readRecord } from './build/environment-record.ts';
import { type DiscoveredPython, discoverPythons } from './python/python-discovery.ts';
import { type DiscoveredNode, discoverNodes } from './node/node-discovery.ts';
import { sizeOf } from './size-of.ts';
import { StateFolder } from './state-folder.ts';
import { findUv, type UvBinary } from './fetched/uv-binary.ts';

/** The tools on this machine that can make environments. */
export interface EnvironmentTools {
  readonly stateFolder: string;
  readonly pythons: readonly DiscoveredPython[];
  /** Executables that look like a Python and don't run as one, such as shims of versions that aren't selected. */
  readonly broken: readonly string[];
  readonly searched: readonly string[];
  readonly nodes: readonly DiscoveredNode[];
  /** Undefined when there is none: Bulkhead fetches it when it first needs it. */
  readonly uv: UvBinary | undefined;
  readonly engine: InspectedEngine;
}

/** An environment in the state folder. */
export interface StoredEnvironment {
  readonly identity: string;
  readonly prefix: string;
  /** Bytes on disk; files that several environments share by hard links count in each. */
  readonly size: number;
  /** Undefined when the environment is half-built or its Python is gone: the next plugin that needs it builds it anew. */
  readonly record: EnvironmentRecord | undefined;
}

/** @throws BulkheadError `STATE_FOLDER_UNUSABLE`; `UV_UNAVAILABLE` when `BULKHEAD_UV` names something that is not uv */
export async function inspectTools(
  signal: AbortSignal,
  variables: NodeJS.ProcessEnv = process.env,
): Promise<EnvironmentTools> {
  const state = StateFolder.of(variables);
  state.check();
  const [{ pythons, broken, searched }, { nodes }, uv, engine] = await Promise.all([
    discoverPythons(state, variables, signal),
    discoverNodes(state, variables, signal),
    findUv({ state, variables, signal }),
    inspectEngine(signal, variables),
  ]);
  return { stateFolder: state.root, pythons, broken, searched, nodes, uv, engine };
}

export async function storedEnvironments(state: StateFolder): Promise<StoredEnvironment[]> {
  const names = await readdir(state.environments).catch(() => []);
  return await Promise.all(
    names.toSorted().map(async (name) => {
      const prefix = join(state.environments, name);
      return {
        identity: identityOfFolder(name) ?? name,
        prefix,
        size: await sizeOf(prefix),
        record: readRecord(prefix),
      };
    }),
  );
}

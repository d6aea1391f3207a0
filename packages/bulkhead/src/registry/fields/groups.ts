import * as calls from './calls.ts';
import * as environment from './environment.ts';
import * as launch from './launch.ts';
import * as plugin from './plugin.ts';
import * as pool from './pool.ts';

/** The groups of a spec, each with its fields. Those of `plugin` stand at the top of the spec. */
export interface FieldGroups {
  readonly plugin: typeof plugin;
  readonly environment: typeof environment;
  readonly launch: typeof launch;
  readonly pool: typeof pool;
  readonly calls: typeof calls;
}

export const fieldGroups: FieldGroups = { plugin, environment, launch, pool, calls };

/** All fields of a plugin by name: of its entry in the registry, and of its manifest. */
export type PluginFields = typeof plugin & typeof environment & typeof launch & typeof pool & typeof calls;

export const pluginFields: PluginFields = { ...plugin, ...environment, ...launch, ...pool, ...calls };

/** What is said of a plugin: options of these names, each followed by its value. */
export interface PluginOptions {
  readonly plugin: string;
  /** The plugin's folder. */
  readonly folder: string;
  /** Its file, relative to the folder. */
  readonly entryPoint: string;
  /** The folder whose node_modules has its packages; undefined: it has none. */
  readonly prefix: string | undefined;
  /** Identity of the environment, for HELLO. */
  readonly environment: string;
}

/** What the host starts the bootstrap with. */
export interface LaunchOptions extends PluginOptions {
  /** What this process talks to the host over, see wire/endpoint.ts. */
  readonly endpoint: string;
  /** The socket whose other end only the host has. */
  readonly lifeline: string | undefined;
}

/** @throws RangeError if one is missing */
export function readOptions(written: readonly string[]): LaunchOptions {
  const values = valuesOf(written);
  return {
    ...readPluginOptions(values),
    endpoint: needed(values, '--endpoint'),
    lifeline: values.get('--lifeline'),
  };
}

/** @throws RangeError if one is missing */
export function readPluginOptions(values: ReadonlyMap<string, string>): PluginOptions {
  return {
    plugin: needed(values, '--plugin'),
    folder: needed(values, '--folder'),
    entryPoint: needed(values, '--entry-point'),
    prefix: values.get('--prefix'),
    environment: values.get('--environment') ?? '',
  };
}

/** Of a command line, by name. */
export function valuesOf(written: readonly string[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (let index = 0; index + 1 < written.length; index += 2)
    values.set(written[index] ?? '', written[index + 1] ?? '');
  return values;
}

function needed(values: ReadonlyMap<string, string>, name: string): string {
  const value = values.get(name);
  if (value === undefined) throw new RangeError(`${name} is missing: a Bulkhead host starts this program`);
  return value;
}

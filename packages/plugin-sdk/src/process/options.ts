/** What the host starts the bootstrap with: options of these names, each followed by its value. */
export interface LaunchOptions {
  readonly plugin: string;
  /** The plugin's folder. */
  readonly folder: string;
  /** Its file, relative to the folder. */
  readonly entryPoint: string;
  /** The folder whose node_modules has its packages; undefined: it has none. */
  readonly prefix: string | undefined;
  /** Identity of the environment, for HELLO. */
  readonly environment: string;
  /** What this process talks to the host over, see wire/endpoint.ts. */
  readonly endpoint: string;
  /** The socket whose other end only the host has. */
  readonly lifeline: string | undefined;
}

/** @throws RangeError if one is missing */
export function readOptions(written: readonly string[]): LaunchOptions {
  const values = new Map<string, string>();
  for (let index = 0; index + 1 < written.length; index += 2)
    values.set(written[index] ?? '', written[index + 1] ?? '');
  const needed = (name: string): string => {
    const value = values.get(name);
    if (value === undefined) throw new RangeError(`${name} is missing: a Bulkhead host starts this program`);
    return value;
  };
  return {
    plugin: needed('--plugin'),
    folder: needed('--folder'),
    entryPoint: needed('--entry-point'),
    prefix: values.get('--prefix'),
    environment: values.get('--environment') ?? '',
    endpoint: needed('--endpoint'),
    lifeline: values.get('--lifeline'),
  };
}

import { isBuiltin } from 'node:module';
import { sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const SDK = '@bulkhead/plugin-sdk';

/** Where packages come from that the plugin's files ask for by name. */
export interface ResolveRule {
  /** The plugin's own folder, as it really lies. */
  readonly folder: string;
  /** The folder whose node_modules has its packages. */
  readonly prefix: string;
  /** The folder of this SDK's files. */
  readonly sdk: string;
}

/** What is asked for, and by whom. */
export interface Request {
  readonly specifier: string;
  /** URL of the file that asks. */
  readonly parent: string | undefined;
}

export type Resolution =
  /** The host's own copy of the SDK. */
  | { readonly kind: 'sdk'; readonly url: string }
  /** A package: as if a file in the environment asked. `strictly`: and nobody else is asked. */
  | { readonly kind: 'environment'; readonly parent: string; readonly strictly: boolean }
  /** As Node does. */
  | { readonly kind: 'usual' };

/** Files of the plugin, and those that it shares with others, get packages from the environment, and the SDK from the host. */
export function resolutionOf({ specifier, parent }: Request, { folder, prefix, sdk }: ResolveRule): Resolution {
  if (specifier === SDK) return { kind: 'sdk', url: pathToFileURL(`${sdk}${sep}index.js`).href };
  if (specifier.startsWith(`${SDK}/`))
    return { kind: 'sdk', url: pathToFileURL(`${sdk}${sep}${specifier.slice(SDK.length + 1)}.js`).href };
  if (!isBare(specifier) || parent?.startsWith('file:') !== true) return { kind: 'usual' };
  const file = fileURLToPath(parent);
  if (isBelow(file, prefix) || isBelow(file, sdk)) return { kind: 'usual' };
  return {
    kind: 'environment',
    parent: pathToFileURL(`${prefix}${sep}package.json`).href,
    strictly: isBelow(file, folder),
  };
}

/** What a package lacks is told as the plugin's author has to mend it. */
export function notInEnvironment({ specifier, parent }: Request, cause: unknown): Error {
  const { code } = cause as { readonly code?: unknown };
  if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') return cause as Error;
  const [, name = specifier] = /^((?:@[^/]+\/)?[^/]+)/.exec(specifier) ?? [];
  const asking = parent === undefined ? '' : ` imported from ${fileURLToPath(parent)}`;
  const message = `Cannot find package '${name}'${asking}: it is not in the plugin's environment; list it among the dependencies of its package.json`;
  return Object.assign(new Error(message, { cause }), { code });
}

/** The name of a package, not a path, an address, or a module of Node itself. */
function isBare(specifier: string): boolean {
  return !/^(?:\.{0,2}\/|\.{1,2}$|#|[a-z][a-z0-9+.-]*:)/i.test(specifier) && !isBuiltin(specifier);
}

function isBelow(file: string, folder: string): boolean {
  return file.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

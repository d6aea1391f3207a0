import { delimiter, join } from 'node:path';
import { PASSED_TO_ALL, PASSED_TO_PLUGINS, type PassedVariables } from './passed-variables.ts';

/**
 * Which of the host's environment variables other programs see. The host's hold its secrets, so each program has an
 * allow-list; that of plugins is in passed-variables.ts.
 */
interface AllowList {
  readonly names: ReadonlySet<string>;
  readonly prefixes: readonly string[];
  /** Whether a name that may be that of a secret passes by a prefix, too. */
  readonly isTrusted: boolean;
}

/** Such as `HF_TOKEN` and `NVIDIA_API_KEY`. */
const MAY_BE_SECRET =
  /(^|_)(TOKENS?|SECRETS?|PASS|PASSWORDS?|PASSWD|PASSPHRASES?|(USER)?PWD|CREDENTIALS?|AUTH|COOKIES?|[A-Z]*KEYS?)(_|$)/;

const PLUGIN: AllowList = allowList([...PASSED_TO_ALL, ...PASSED_TO_PLUGINS]);

/** An executable that is asked who it is: it may be a shim of one of these tools. */
const INTERPRETER: AllowList = allowList(PASSED_TO_ALL, {
  prefixes: ['PYENV_', 'MISE_', 'ASDF_', 'CONDA_', 'NODENV_', 'VOLTA_'],
});

/** uv, pip and the compilers that they run: they reach private indexes and repositories, so they see what those need. */
const BUILDER: AllowList = allowList(PASSED_TO_ALL, {
  names: [
    'NETRC',
    // requirements may name private git repositories
    'SSH_AUTH_SOCK',
    'GIT_SSH_COMMAND',
    // compilers
    'CC',
    'CXX',
    'AR',
    'LD',
    'CFLAGS',
    'CXXFLAGS',
    'CPPFLAGS',
    'LDFLAGS',
    'CPATH',
    'LIBRARY_PATH',
    'PKG_CONFIG_PATH',
    'MACOSX_DEPLOYMENT_TARGET',
    'SDKROOT',
    'CUDA_HOME',
    'CARGO_HOME',
    'RUSTUP_HOME',
    'RUSTFLAGS',
    'MAKEFLAGS',
    'PROGRAMDATA',
    'PROGRAMFILES',
    'VCINSTALLDIR',
    'INCLUDE',
    'LIB',
  ],
  prefixes: ['XDG_', 'UV_', 'PIP_'],
  isTrusted: true,
});

/** npm and git: as a builder, but no code of packages runs, and nothing is compiled. */
const NPM: AllowList = allowList(PASSED_TO_ALL, {
  names: ['NETRC', 'SSH_AUTH_SOCK', 'GIT_SSH_COMMAND', 'NODE_AUTH_TOKEN'],
  prefixes: ['XDG_', 'NPM_'],
  isTrusted: true,
});

/** What a registry entry says of its plugin's variables. */
export interface OwnVariables {
  readonly variables: Readonly<Record<string, string>>;
  /** Names, and beginnings of names that end in `*`, of further variables of the host. */
  readonly variablesFromHost: readonly string[];
}

/** Where the host has no PATH: what a shell would take. */
const USUAL_PATH = ['/usr/local/bin', '/usr/bin', '/bin'].join(delimiter);

/**
 * For code of a plugin or of its packages, in their trial as at run time.
 *
 * @param prefix the folder of its environment; undefined: it has none
 */
export function pluginVariables(
  host: NodeJS.ProcessEnv,
  { variables, variablesFromHost }: OwnVariables,
  prefix: string | undefined,
): Record<string, string> {
  const fromHost = { ...allowed(host, PLUGIN), ...namedVariables(host, variablesFromHost) };
  return prefix === undefined ? { ...fromHost, ...variables } : inEnvironment(prefix, fromHost, variables);
}

/** The same for a plugin of Node: the programs of its packages come first on the PATH. */
export function nodePluginVariables(
  host: NodeJS.ProcessEnv,
  own: OwnVariables,
  prefix: string,
): Record<string, string> {
  return withPrograms(prefix, pluginVariables(host, own, undefined));
}

/** Those of the packages of npm. */
export function withPrograms(prefix: string, variables: Readonly<Record<string, string>>): Record<string, string> {
  return {
    ...variables,
    PATH: [join(prefix, 'node_modules', '.bin'), variables['PATH'] ?? USUAL_PATH].join(delimiter),
  };
}

/** The same for one that is confined: of the host's variables only those that its entry names; home is where it may write. */
export function confinedVariables(
  host: NodeJS.ProcessEnv,
  { variables, variablesFromHost, permissions }: OwnVariables & { readonly permissions: NamingVariables | undefined },
  {
    prefix,
    scratch,
    proxy,
  }: { readonly prefix: string | undefined; readonly scratch: string; readonly proxy: Proxy | undefined },
): Record<string, string> {
  const named = namedVariables(host, [...variablesFromHost, ...(permissions?.env ?? [])]);
  const all = { HOME: scratch, TMPDIR: scratch, ...named, ...proxyVariables(proxy) };
  return prefix === undefined ? { PATH: USUAL_PATH, ...all, ...variables } : inEnvironment(prefix, all, variables);
}

/** The way out of a plugin that has no network of its own. */
interface Proxy {
  readonly url: string;
  /** What it reaches without. */
  readonly exceptions: string;
}

/** Programs look for either spelling. */
function proxyVariables(proxy: Proxy | undefined): Record<string, string> {
  if (proxy === undefined) return {};
  const { url, exceptions } = proxy;
  const upper = { HTTP_PROXY: url, HTTPS_PROXY: url, ALL_PROXY: url, NO_PROXY: exceptions };
  return { ...upper, ...Object.fromEntries(Object.entries(upper).map(([name, value]) => [name.toLowerCase(), value])) };
}

interface NamingVariables {
  readonly env: readonly string[];
}

function inEnvironment(
  prefix: string,
  fromHost: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const all: Record<string, string> = {
    ...fromHost,
    VIRTUAL_ENV: prefix,
    // An environment that uv makes has no pip: the next one on the PATH would change the Python that it belongs to.
    PIP_REQUIRE_VIRTUALENV: '1',
    ...own,
  };
  return { ...all, PATH: [programs(prefix), all['PATH'] ?? USUAL_PATH].join(delimiter) };
}

/** The variables of the host that a registry entry names. */
export function namedVariables(
  host: Readonly<Record<string, string | undefined>>,
  wanted: readonly string[],
): Record<string, string> {
  if (wanted.length === 0) return {}; // most plugins name none, and the host has many
  const isWanted = (name: string): boolean =>
    wanted.some((each) => (each.endsWith('*') ? name.startsWith(each.slice(0, -1)) : name === each));
  return Object.fromEntries(
    Object.entries(host).filter((entry): entry is [string, string] => entry[1] !== undefined && isWanted(entry[0])),
  );
}

export function interpreterVariables(host: NodeJS.ProcessEnv): Record<string, string> {
  return allowed(host, INTERPRETER);
}

/** `decided`: those that are left out, because something else decides what they would say. */
export function builderVariables(host: NodeJS.ProcessEnv, decided: ReadonlySet<string>): Record<string, string> {
  return without(decided, allowed(host, BUILDER));
}

/** The same for npm. */
export function npmVariables(host: NodeJS.ProcessEnv, decided: ReadonlySet<string>): Record<string, string> {
  return without(decided, allowed(host, NPM));
}

function without(decided: ReadonlySet<string>, variables: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !decided.has(name.toUpperCase())));
}

function programs(prefix: string): string {
  return join(prefix, process.platform === 'win32' ? 'Scripts' : 'bin');
}

function allowList(
  passed: readonly PassedVariables[],
  more: {
    readonly names?: readonly string[];
    readonly prefixes?: readonly string[];
    readonly isTrusted?: boolean;
  } = {},
): AllowList {
  return {
    names: new Set([...passed.flatMap(({ names }) => names), ...(more.names ?? [])]),
    prefixes: [...passed.flatMap(({ prefixes = [] }) => prefixes), ...(more.prefixes ?? [])],
    isTrusted: more.isTrusted ?? false,
  };
}

/** Windows does not tell names apart by case, and proxies are written in either. */
function allowed(host: NodeJS.ProcessEnv, list: AllowList): Record<string, string> {
  return Object.fromEntries(
    Object.entries(host).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && isAllowed(entry[0].toUpperCase(), list),
    ),
  );
}

function isAllowed(name: string, { names, prefixes, isTrusted }: AllowList): boolean {
  if (names.has(name)) return true;
  return prefixes.some((prefix) => name.startsWith(prefix)) && (isTrusted || !MAY_BE_SECRET.test(name));
}

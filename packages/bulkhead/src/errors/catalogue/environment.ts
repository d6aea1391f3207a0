import { isStandardModule } from '../../requirements/standard-modules.ts';
import type { CatalogueEntry } from './entry.ts';
import type { OfPlugin, Reasoned } from './details.ts';
import { listed, maybe, seconds } from './words.ts';

/** An installed package that has to do with a failed import. */
export interface SuspectPackage {
  readonly name: string;
  readonly version: string;
  /** RFC 3339, where it is known. */
  readonly released: string | undefined;
}

/** A change of a plugin's registry entry. */
export type TrialFix =
  | { readonly field: 'as_of'; readonly value: string }
  | { readonly field: 'dependencies'; readonly add: readonly string[] };

export const PYTHON_NOT_FOUND: CatalogueEntry<
  OfPlugin & {
    readonly wanted: string;
    readonly found: readonly string[];
    readonly searched: readonly string[];
  }
> = {
  blame: 'environment',
  retryable: false,
  httpStatus: 500,
  when: 'No Python on the machine fits what the registry and the plugin ask for.',
  message: ({ plugin, wanted, found }) =>
    `Plugin "${plugin}" needs Python ${wanted}, which is not on this machine (found: ${listed(found)}).`,
  advice: ({ searched }) =>
    `Install such a Python, for example with \`uv python install\` or pyenv. Looked in: ${listed(searched)}.`,
  sample: {
    plugin: 'forecaster',
    wanted: '3.14',
    found: ['3.13.1 (uv)', '3.11.7 (pyenv)'],
    searched: ['PATH', 'pyenv', 'uv', '/usr/bin', '/usr/local/bin', '/opt'],
  },
};

export const UV_UNAVAILABLE: CatalogueEntry<{ readonly reason: string }> = {
  blame: 'environment',
  retryable: true,
  httpStatus: 500,
  when: 'uv is not on the PATH, and Bulkhead could not fetch it.',
  message: ({ reason }) => `uv is not available: ${reason}.`,
  advice: () => 'Install uv (`pip install uv`), name it in BULKHEAD_UV, or set `environment: venv` for the plugin.',
  sample: { reason: 'it is not on the PATH, and there is no Python whose pip could fetch it' },
};

export const REQUIREMENT_INVALID: CatalogueEntry<
  Reasoned & {
    readonly requirement: string;
    /** File, line and column; undefined: not known. */
    readonly place?: string | undefined;
  }
> = {
  blame: 'user',
  retryable: false,
  httpStatus: 400,
  when: 'A requirement is not a valid PEP 508 specifier, or can only be a mistake.',
  message: ({ plugin, requirement, place, reason }) =>
    `Plugin "${plugin}" asks for "${requirement}"${place === undefined ? '' : ` (${place})`}, which is not a requirement: ${reason}.`,
  advice: () => 'Write it as `name`, `name>=1.2` or `name[extra]==1.2; python_version < "3.12"`.',
  sample: {
    plugin: 'forecaster',
    requirement: 'pandas=2',
    place: '/srv/app/plugins/forecaster/pyproject.toml:5:23',
    reason: '"=2" is not a version specifier such as ">=1.2"; write "==2"',
  },
};

export const EXTRA_UNKNOWN: CatalogueEntry<
  OfPlugin & {
    readonly kind: 'extra' | 'group';
    readonly name: string;
    readonly nearest: string | undefined;
    readonly known: readonly string[];
  }
> = {
  blame: 'user',
  retryable: false,
  httpStatus: 400,
  when: "The registry asks for an extra or a dependency group that the plugin's pyproject.toml does not have.",
  message: ({ plugin, kind, name, nearest, known }) =>
    `Plugin "${plugin}" has no ${kind} "${name}": its pyproject.toml has ${listed(known)}.${maybe(nearest)}`,
  advice: ({ kind }) =>
    kind === 'extra'
      ? 'Extras stand in [project.optional-dependencies]. Correct `extras` in the registry.'
      : 'Groups stand in [dependency-groups]. Correct `groups` in the registry.',
  sample: { plugin: 'forecaster', kind: 'extra', name: 'gpus', nearest: 'gpu', known: ['cpu', 'gpu'] },
};

export const PACKAGE_NOT_FOUND: CatalogueEntry<
  Reasoned & {
    readonly packageName: string;
    /** Python's unless given. */
    readonly language?: 'node' | undefined;
  }
> = {
  blame: 'environment',
  retryable: false,
  httpStatus: 500,
  when: 'A package does not exist in the package index.',
  message: ({ plugin, packageName, reason }) =>
    `Plugin "${plugin}" needs the package "${packageName}", which can't be found: ${reason}.`,
  advice: ({ packageName, language }) =>
    language === undefined && isStandardModule(packageName)
      ? `"${packageName}" is a module of Python itself: leave it out.`
      : 'Check its name and version, and which package index is configured.',
  sample: {
    plugin: 'forecaster',
    packageName: 'statsmodel',
    reason: 'statsmodel was not found in the package registry',
  },
};

export const DEPENDENCIES_CONFLICT: CatalogueEntry<Reasoned> = {
  blame: 'environment',
  retryable: false,
  httpStatus: 500,
  when: 'No set of versions satisfies all requirements of one plugin.',
  message: ({ plugin, reason }) => `The requirements of plugin "${plugin}" can't all be met: ${reason}.`,
  advice: () =>
    "Loosen one of the requirements named, in the plugin's pyproject.toml or package.json, or the registry's `dependencies`.",
  sample: {
    plugin: 'forecaster',
    reason: 'pandas==2.0.0 depends on numpy>=1.20.3, and numpy<1.20 is asked for',
  },
};

export const SHARING_IMPOSSIBLE: CatalogueEntry<
  Reasoned & {
    readonly share: string;
    /** A sentence; undefined: the usual advice. */
    readonly cure?: string | undefined;
  }
> = {
  blame: 'user',
  retryable: false,
  httpStatus: 409,
  when: 'Plugins that are to share one environment ask for what no environment can hold together.',
  message: ({ plugin, share, reason }) => `Plugin "${plugin}" can't share the environment "${share}": ${reason}.`,
  advice: ({ cure }) =>
    `\`bulkhead check\` says who needs what. ${cure ?? 'Remove `share` from one of them, or loosen its requirements.'}`,
  sample: {
    plugin: 'text_tools',
    share: 'science',
    reason: 'no Python is right for all: text_tools needs ==3.9.*, forecaster needs >=3.12',
  },
};

export const INDEX_UNREACHABLE: CatalogueEntry<Reasoned> = {
  blame: 'environment',
  retryable: true,
  httpStatus: 503,
  when: 'The package index does not answer.',
  message: ({ plugin, reason }) => `The package index can't be reached for plugin "${plugin}": ${reason}.`,
  advice: () => 'Check the network, the proxy and the configured index, then try again.',
  sample: { plugin: 'forecaster', reason: 'the connection was refused' },
};

export const ENVIRONMENT_BUILD_FAILED: CatalogueEntry<
  Reasoned & {
    /** A sentence; undefined: the usual advice. */
    readonly cure?: string | undefined;
  }
> = {
  blame: 'environment',
  retryable: true,
  httpStatus: 500,
  when: 'Installing the packages failed for another reason; the cause has the whole output.',
  message: ({ plugin, reason }) => `The environment of plugin "${plugin}" can't be built: ${reason}.`,
  advice: ({ cure }) =>
    cure ?? "Read the builder's output; a package that has to be compiled may lack a compiler or a system library.",
  sample: { plugin: 'forecaster', reason: 'the build of lxml 4.9.1 failed' },
};

export const PLUGIN_BUILD_FAILED: CatalogueEntry<Reasoned> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 500,
  when: "The plugin's pyproject.toml names a build system, and the project can't be built.",
  message: ({ plugin, reason }) => `Plugin "${plugin}" can't be installed into its environment: ${reason}.`,
  advice: () =>
    "Run `uv build` in the plugin's folder. If the plugin is only a script, remove [build-system], or set `package = false` in [tool.uv].",
  sample: { plugin: 'forecaster', reason: 'ValueError: Unable to determine which files to ship inside the wheel' },
};

export const TRIAL_IMPORT_FAILED: CatalogueEntry<
  Reasoned & {
    readonly module: string;
    /** Those that don't fit each other, as far as that is known. */
    readonly packages: readonly SuspectPackage[];
    /** In words, the likeliest first. */
    readonly cures: readonly string[];
    /** Those of the cures that can be written into the registry. */
    readonly fixes: readonly TrialFix[];
  }
> = {
  blame: 'environment',
  retryable: false,
  httpStatus: 500,
  when: 'The packages can be installed together, but not imported.',
  message: ({ plugin, module, reason, packages }) =>
    `The packages of plugin "${plugin}" install, but "import ${module}" fails: ${reason}${withSuspects(packages)}.`,
  advice: ({ cures, fixes }) =>
    cures.length === 0
      ? 'Change the versions named, or set `trial_import: false` if the import can only work later.'
      : `You can ${cures.join(', or ')}.${fixes.length === 0 ? '' : ' `bulkhead sync --fix` writes the first.'}`,
  sample: {
    plugin: 'data_transformer',
    module: 'pandas',
    reason: 'ValueError: numpy.dtype size changed, may indicate binary incompatibility',
    packages: [
      { name: 'pandas', version: '2.0.0', released: '2023-04-03T11:32:52Z' },
      { name: 'numpy', version: '2.4.6', released: '2026-05-18T20:10:33Z' },
    ],
    cures: ['set `as_of: 2023-06-01` for the plugin in the registry', 'add "numpy<2" to the plugin\'s `dependencies`'],
    fixes: [
      { field: 'as_of', value: '2023-06-01' },
      { field: 'dependencies', add: ['numpy<2'] },
    ],
  },
};

export const ENVIRONMENT_BUSY: CatalogueEntry<
  OfPlugin & {
    /** Such as `process 4711 on build-7`. */
    readonly holder: string;
    /** What the holder is doing: it may be building the environment of another plugin, where that has to be waited for. */
    readonly purpose: string;
    /** Path of the lock. */
    readonly file: string;
    readonly milliseconds: number;
  }
> = {
  blame: 'environment',
  retryable: true,
  httpStatus: 503,
  when: 'Another process has held a lock that a build needs for too long.',
  message: ({ plugin, holder, purpose, milliseconds }) =>
    `The environment of plugin "${plugin}" can't be built yet: for ${seconds(milliseconds)}, ${holder} has been ${purpose}.`,
  advice: ({ file }) =>
    `Try again when it is done. If that process hangs, end it; if nothing of it is left, remove its lock ${file}.`,
  sample: {
    plugin: 'forecaster',
    holder: 'process 4711 on build-7',
    purpose: 'building the environment of forecaster',
    file: '/home/ada/.local/share/bulkhead/locks/build-slot-0.lock',
    milliseconds: 900_000,
  },
};

/** A file that an environment was not built with, or no longer has. */
export interface ChangedFile {
  /** From the environment on. */
  readonly path: string;
  readonly change: 'changed' | 'added' | 'removed';
}

export const ENVIRONMENT_CHANGED: CatalogueEntry<
  OfPlugin & {
    /** Path of the environment. */
    readonly prefix: string;
    readonly files: readonly ChangedFile[];
    /** Plugins that have run in it and may write there. */
    readonly suspects: readonly string[];
  }
> = {
  blame: 'environment',
  retryable: true,
  httpStatus: 500,
  when: 'Somebody has changed files of an environment, in which the plugin is therefore not started. Another one is built in its place, so a call fails by it only if that one was changed, too.',
  message: ({ plugin, files, suspects }) =>
    `The environment of plugin "${plugin}" was changed after it was built, probably by ${suspected(suspects)}: ${changes(files)}.`,
  advice: ({ prefix, suspects }) =>
    `Nothing of it was run for this plugin. ${suspects.length === 0 ? '' : 'Give those `permissions`, or requirements of their own. '}Bulkhead builds another in its place; the changed one stays at ${prefix} until \`bulkhead prune\` removes it.`,
  sample: {
    plugin: 'forecaster',
    prefix: '/home/ada/.local/share/bulkhead/environments/1f6c2a9be04d7358aa10c4b7d2e9f563-0b1d44c7',
    files: [
      { path: 'lib/python3.11/site-packages/pandas/io/common.py', change: 'changed' },
      { path: 'lib/python3.11/site-packages/sitecustomize.py', change: 'added' },
    ],
    suspects: ['text_tools'],
  },
};

const withSuspects = (packages: readonly SuspectPackage[]): string =>
  packages.length === 0
    ? ''
    : ` (${packages.map(({ name, version, released }) => `${name} ${version}${released === undefined ? '' : ` of ${released.slice(0, 10)}`}`).join(' with ')})`;

/** An error names so many changed files. */
const MOST_FILES = 3;
const IN_WORDS = { changed: 'has other content', added: 'is new', removed: 'is gone' } as const;

function changes(files: readonly ChangedFile[]): string {
  const first = files.slice(0, MOST_FILES).map(({ path, change }) => `${path} ${IN_WORDS[change]}`);
  const others = files.length - first.length;
  return [...first, ...(others === 0 ? [] : [`and ${others} more`])].join(', ');
}

function suspected(plugins: readonly string[]): string {
  const [first, ...others] = plugins;
  if (first === undefined) return "something else that runs as the host's user";
  return others.length === 0
    ? `plugin "${first}", which runs there without permissions`
    : `one of the plugins that run there without permissions (${plugins.join(', ')})`;
}

import type { CatalogueEntry } from './entry.ts';
import type { OfPlugin } from './details.ts';
import { listed, maybe, MOST_MISTAKES } from './words.ts';

/** A mistake in a registry file or manifest. Line and column are 1-based. */
export interface Mistake {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export const REGISTRY_NOT_FOUND: CatalogueEntry<{
  readonly file: string;
  /** Why the file can't be read; undefined if there is none. */
  readonly reason?: string | undefined;
  /** A file beside it that is probably meant. */
  readonly instead?: string | undefined;
}> = {
  blame: 'user',
  retryable: false,
  httpStatus: 404,
  when: "The registry file does not exist or can't be read.",
  message: ({ file, reason, instead }) => {
    if (reason !== undefined) return `The registry ${file} can't be read: ${reason}.`;
    return `There is no registry at ${file}${instead === undefined ? '' : `, but there is ${instead}`}.`;
  },
  advice: ({ instead }) =>
    instead === undefined
      ? 'Write one with `bulkhead init`, or name another with `--registry FILE`.'
      : `Rename it, or name it: \`--registry ${instead}\`.`,
  sample: { file: '/srv/app/plugins.yaml', instead: '/srv/app/plugins.yml' },
};

export const REGISTRY_INVALID: CatalogueEntry<{ readonly mistakes: readonly Mistake[] }> = {
  blame: 'user',
  retryable: false,
  httpStatus: 400,
  when: 'The registry file has mistakes. The first 100 are listed.',
  message: ({ mistakes }) => `The registry has ${listOf(mistakes)}`,
  advice: () => 'Fix the lines above; docs/registry.md describes every field.',
  sample: {
    mistakes: [
      {
        file: '/srv/app/plugins.yaml',
        line: 4,
        column: 16,
        message: 'isolation: expected thread, process or docker, found "proces"; did you mean "process"?',
      },
      {
        file: '/srv/app/plugins.yaml',
        line: 5,
        column: 21,
        message:
          'python_version: expected a Python version such as "3.11" or "3.11.7", at least 3.9, found 3.10; put it in quotes: "3.10"',
      },
    ],
  },
};

export const MANIFEST_INVALID: CatalogueEntry<{ readonly plugin: string; readonly mistakes: readonly Mistake[] }> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 400,
  when: "A plugin's pyproject.toml or package.json, or the manifest in it, has mistakes.",
  message: ({ plugin, mistakes }) => `The manifest of plugin "${plugin}" has ${listOf(mistakes)}`,
  advice: () => 'Fix the lines above; docs/writing-a-plugin.md describes every field of the manifest.',
  sample: {
    plugin: 'text_tools',
    mistakes: [
      {
        file: '/srv/app/plugins/text_tools/pyproject.toml',
        line: 8,
        column: 1,
        message: 'entry_pont: unknown field; did you mean "entry_point"?',
      },
    ],
  },
};

export const REQUIREMENTS_FILE_INVALID: CatalogueEntry<{
  readonly plugin: string;
  readonly mistakes: readonly Mistake[];
}> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 400,
  when: "A plugin's requirements.txt, or a file that it includes, has lines that Bulkhead does not take from a plugin.",
  message: ({ plugin, mistakes }) => `The requirements of plugin "${plugin}" have ${listOf(mistakes)}`,
  advice: () => 'Fix the lines above; docs/environments.md says what is read.',
  sample: {
    plugin: 'text_tools',
    mistakes: [
      {
        file: '/srv/app/plugins/text_tools/requirements.txt',
        line: 2,
        column: 1,
        message:
          '"--extra-index-url https://packages.example.org/simple": Bulkhead does not take the option "--extra-index-url" from a plugin; other package indexes are named by [[tool.uv.index]] in the plugin\'s pyproject.toml, or for the whole machine by UV_INDEX or pip\'s configuration',
      },
    ],
  },
};

export const PLUGIN_FOLDER_MISSING: CatalogueEntry<OfPlugin & { readonly folder: string; readonly declared: string }> =
  {
    blame: 'user',
    retryable: false,
    httpStatus: 404,
    when: "The folder that a registry entry's `path` names does not exist.",
    message: ({ plugin, folder, declared }) =>
      `The folder of plugin "${plugin}" does not exist: ${folder} (declared at ${declared}).`,
    advice: () => 'Correct `path` in the registry (it is relative to the registry file), or put the plugin there.',
    sample: {
      plugin: 'text_tools',
      folder: '/srv/app/plugins/text_tool',
      declared: '/srv/app/plugins.yaml:3:11',
    },
  };

export const PLUGIN_ENTRY_POINT_MISSING: CatalogueEntry<OfPlugin & { readonly file: string }> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 404,
  when: "The plugin's folder does not hold the file to run.",
  message: ({ plugin, file }) => `Plugin "${plugin}" has no file ${file} to run.`,
  advice: () =>
    'Name the file in `entry_point`, under [tool.bulkhead] of its pyproject.toml or "bulkhead" of its package.json, or call it plugin.py, plugin.ts or plugin.js.',
  sample: { plugin: 'text_tools', file: 'plugin.py' },
};

export const PLUGIN_ALREADY_LOADED: CatalogueEntry<OfPlugin> = {
  blame: 'user',
  retryable: false,
  httpStatus: 409,
  when: 'Another plugin has the same id.',
  message: ({ plugin }) => `There is already a plugin "${plugin}".`,
  advice: () => 'Give one of the two another id.',
  sample: { plugin: 'text_tools' },
};

export const PLUGIN_UNKNOWN: CatalogueEntry<
  OfPlugin & { readonly nearest: string | undefined; readonly known: readonly string[] }
> = {
  blame: 'user',
  retryable: false,
  httpStatus: 404,
  when: 'A call names a plugin that is not in the registry.',
  message: ({ plugin, nearest }) => `There is no plugin "${plugin}".${maybe(nearest)}`,
  advice: ({ known }) => `Known plugins: ${listed(known)}.`,
  sample: { plugin: 'text_tool', nearest: 'text_tools', known: ['text_tools', 'forecaster'] },
};

export const PLUGIN_DISABLED: CatalogueEntry<
  OfPlugin & {
    /** File, line and column of its entry in the registry. */
    readonly declared: string;
  }
> = {
  blame: 'user',
  retryable: false,
  httpStatus: 503,
  when: 'A call names a plugin whose registry entry says `enabled: false`.',
  message: ({ plugin, declared }) => `Plugin "${plugin}" is disabled in the registry (${declared}).`,
  advice: ({ plugin }) => `\`bulkhead enable ${plugin}\` enables it; a host that runs takes it up when it reloads it.`,
  sample: { plugin: 'text_tools', declared: '/srv/app/plugins.yaml:3:5' },
};

function listOf(mistakes: readonly Mistake[]): string {
  const count = mistakes.length;
  const heading = count === 1 ? 'a mistake' : `${count >= MOST_MISTAKES ? 'at least ' : ''}${count} mistakes`;
  return `${heading}:${mistakes.map(({ file, line, column, message }) => `\n  ${file}:${line}:${column}: ${message}`).join('')}`;
}

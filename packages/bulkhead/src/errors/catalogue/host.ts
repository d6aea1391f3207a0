import type { CatalogueEntry } from './entry.ts';

export const ARGUMENT_INVALID: CatalogueEntry<{ readonly argument: string; readonly reason: string }> = {
  blame: 'user',
  retryable: false,
  httpStatus: 400,
  when: 'The library or the command line does not accept the value of an argument.',
  message: ({ argument, reason }) => `${argument}: ${reason}.`,
  advice: () =>
    'Pass another value; `bulkhead COMMAND --help`, or the type of the function, says which ones are accepted.',
  sample: { argument: '--timeout', reason: 'expected a duration such as 500ms, 30s, 5m or 1h, found "soon"' },
};

export const MANAGER_CLOSED: CatalogueEntry<{ readonly what: string }> = {
  blame: 'user',
  retryable: false,
  httpStatus: 503,
  when: 'A manager is used after `close()`, or closed while the call was running.',
  message: ({ what }) => `The plugin manager is closed: ${what}.`,
  advice: () => 'Open another manager, or close this one only after its last call.',
  sample: { what: 'it was closed before this call' },
};

export const SDK_NOT_FOUND: CatalogueEntry<{
  /** Which SDK: its package, the folder of that which holds it, its own name there, and what names another place. */
  readonly sdk: {
    readonly language: string;
    readonly package: string;
    readonly inside: string;
    readonly name: string;
    readonly variable: string;
    readonly option: string;
  };
  /** The variable or option that names a folder; undefined: none does. */
  readonly setting: string | undefined;
  readonly places: readonly string[];
  /** Where it lies in an archive. */
  readonly archive: string | undefined;
}> = {
  blame: 'user',
  retryable: false,
  httpStatus: 500,
  when: 'The host does not find the files that each plugin imports, because it was bundled or moved without them.',
  message: ({ sdk: { language, name }, setting, places, archive }) => {
    if (archive !== undefined)
      return `The SDK of Bulkhead for ${language} lies in an archive, from which plugins can't read: ${archive}.`;
    if (setting !== undefined) return `${setting} names ${places[0]}, which does not hold the folder ${name}.`;
    return `The SDK of Bulkhead for ${language} is neither installed nor beside the program; looked in ${places.join(', ')}.`;
  },
  advice: ({ sdk, archive }) =>
    archive?.includes('.asar') === true
      ? `Keep ${sdk.package} out of the archive: \`asarUnpack: ["**/${sdk.package}/**"]\` for electron-builder, \`asar: { unpackDir }\` for Electron Forge.`
      : `Copy the folder ${sdk.name} from node_modules/${sdk.package}/${sdk.inside} to a place beside the program, or name the folder that holds it: \`new PluginManager({ ${sdk.option} })\` or ${sdk.variable}.`,
  sample: {
    sdk: {
      language: 'Python',
      package: '@bulkhead/plugin-sdk-python',
      inside: 'src',
      name: 'plugin_sdk',
      variable: 'BULKHEAD_PYTHON_SDK',
      option: 'pythonSdk',
    },
    setting: undefined,
    places: ['/srv/app/dist'],
    archive: undefined,
  },
};

export const FILE_EXISTS: CatalogueEntry<{ readonly file: string }> = {
  blame: 'user',
  retryable: false,
  httpStatus: 409,
  when: 'A command would overwrite something.',
  message: ({ file }) => `${file} exists already; nothing was changed.`,
  advice: () => 'Choose another name, or remove it first.',
  sample: { file: '/srv/app/plugins.yaml' },
};

export const FOLDER_UNWATCHABLE: CatalogueEntry<{ readonly folder: string; readonly reason: string }> = {
  blame: 'environment',
  retryable: true,
  httpStatus: 500,
  when: "The system can't report changes in a folder.",
  message: ({ folder, reason }) => `Bulkhead can't watch ${folder} for changes: ${reason}.`,
  advice: () =>
    'Each file takes a watcher: on Linux raise fs.inotify.max_user_watches, or keep data out of the folder.',
  sample: {
    folder: '/srv/app/plugins/text_tools',
    reason: 'ENOSPC: System limit for number of file watchers reached',
  },
};

export const INTERNAL: CatalogueEntry<{ readonly reason: string }> = {
  blame: 'bulkhead',
  retryable: false,
  httpStatus: 500,
  when: 'A bug in Bulkhead itself.',
  message: ({ reason }) => `This is a bug in Bulkhead: ${reason}.`,
  advice: () => 'Report it with the stack trace.',
  sample: { reason: 'a call was answered twice' },
};

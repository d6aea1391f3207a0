import type { CatalogueEntry } from './entry.ts';
import type { Limited, OfAction, OfPlugin, Reasoned } from './details.ts';
import { seconds } from './words.ts';

/** The plugin's own output and traceback travel beside the message, in `context`. */
const READ_ITS_OUTPUT = "Read the plugin's traceback and last lines; the mistake is in its code or its configuration.";

export const PLUGIN_HAS_OWN_COMMAND: CatalogueEntry<OfPlugin & { readonly what: string }> = {
  blame: 'user',
  retryable: false,
  httpStatus: 501,
  when: 'Something was asked for that needs an environment of Bulkhead, of a plugin that a command of its own starts.',
  message: ({ plugin, what }) => `A command of its own starts plugin "${plugin}", so Bulkhead can't ${what}.`,
  advice: () => 'Do it where that command leads, or take `command` out of its entry in the registry.',
  sample: { plugin: 'far_away', what: 'run its tests' },
};

export const PLUGIN_LAUNCH_FAILED: CatalogueEntry<
  Reasoned & {
    /** A sentence; undefined: the usual advice. */
    readonly cure?: string | undefined;
  }
> = {
  blame: 'environment',
  retryable: true,
  httpStatus: 500,
  when: "The system refused to start the plugin's process.",
  message: ({ plugin, reason }) => `Plugin "${plugin}" can't be started: ${reason}.`,
  advice: ({ cure }) =>
    cure ??
    'Check that the interpreter still exists (`bulkhead doctor`) and that the machine has processes and memory to spare.',
  sample: { plugin: 'text_tools', reason: 'spawn /usr/bin/python3.11 ENOENT' },
};

export const PROTO_INVALID: CatalogueEntry<Reasoned & { readonly file: string }> = {
  blame: 'user',
  retryable: false,
  httpStatus: 500,
  when: "The file that `proto` names can't be read, or does not describe a service that can be called.",
  message: ({ plugin, file, reason }) => `The service of plugin "${plugin}" can't be read from ${file}: ${reason}.`,
  advice: () =>
    "Check the file with `protoc`. What it imports is looked for in the plugin's folder, and beside the file.",
  sample: { plugin: 'kv', file: '/srv/app/plugins/kv/kv.proto', reason: "illegal token 'servce' (line 5)" },
};

/** A mistake in the plugin's code, and the line of it where that is known. */
export interface CodeMistake {
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly message: string;
}

/** A failure of the plugin's code, before it was ready. */
interface FailedStart extends Reasoned {
  /** A sentence, where more is known than what Python said; undefined: the usual advice. */
  readonly cure?: string | undefined;
}

export const PLUGIN_IMPORT_FAILED: CatalogueEntry<FailedStart> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 500,
  when: "The plugin's own file could not be imported.",
  message: ({ plugin, reason }) => `Plugin "${plugin}" can't be imported: ${reason}.`,
  advice: ({ cure }) => cure ?? READ_ITS_OUTPUT,
  sample: { plugin: 'text_tools', reason: "ModuleNotFoundError: No module named 'rapidfuzz'" },
};

export const PLUGIN_INVALID: CatalogueEntry<OfPlugin & { readonly mistakes: readonly CodeMistake[] }> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 500,
  when: "The plugin's code is not written as a plugin has to be: it holds no plugin, or nothing in it can be called as it stands there.",
  message: ({ plugin, mistakes }) =>
    `Plugin "${plugin}" is not written as a plugin has to be:${mistakes.map((each) => `\n  ${placed(each)}`).join('')}`,
  advice: () => 'Change the lines above; docs/writing-a-plugin.md shows what a plugin looks like.',
  sample: {
    plugin: 'text_tools',
    mistakes: [
      {
        file: '/srv/app/plugins/text_tools/plugin.py',
        line: 5,
        message: 'execute(self) gets the whole input as one value: write `def execute(self, input_data):`',
      },
    ],
  },
};

function placed({ file, line, message }: CodeMistake): string {
  return [file, line, ` ${message}`]
    .filter((part) => part !== undefined)
    .join(':')
    .trimStart();
}

export const SANDBOX_UNAVAILABLE: CatalogueEntry<Reasoned & { readonly cure?: string | undefined }> = {
  blame: 'environment',
  retryable: false,
  httpStatus: 501,
  when: "The machine can't keep the plugin to its `permissions`, so it was not started.",
  message: ({ plugin, reason }) => `Plugin "${plugin}" can't be kept to its permissions here: ${reason}.`,
  advice: ({ cure }) =>
    cure ??
    'docs/permissions.md says what a machine needs. If you trust the plugin, `sandbox: off` in its registry entry runs it without.',
  sample: { plugin: 'text_tools', reason: 'this kernel has no Landlock, or it is switched off' },
};

export const FILES_LIMIT_EXCEEDED: CatalogueEntry<OfPlugin & { readonly files: number }> = {
  blame: 'plugin',
  retryable: true,
  httpStatus: 502,
  when: 'The plugin tried to open more files and sockets than `resources.files` allows.',
  message: ({ plugin, files }) => `Plugin "${plugin}" ran into its limit of ${files} open files.`,
  advice: () => 'Let it close what it has opened, or raise `resources.files` of the plugin in the registry.',
  sample: { plugin: 'image_processor', files: 64 },
};

export const PLUGIN_INITIALIZE_FAILED: CatalogueEntry<FailedStart> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 500,
  when: "The plugin's `initialize` or `get_metadata` raised.",
  message: ({ plugin, reason }) => `Plugin "${plugin}" failed to initialise: ${reason}.`,
  advice: ({ cure }) => cure ?? READ_ITS_OUTPUT,
  sample: { plugin: 'text_tools', reason: "KeyError: 'model'" },
};

export const PLUGIN_START_TIMEOUT: CatalogueEntry<
  Limited & {
    /** What it has not done, as a sentence without its end, where that is known. */
    readonly reason?: string | undefined;
  }
> = {
  blame: 'plugin',
  retryable: true,
  httpStatus: 504,
  when: 'The plugin was not ready in time.',
  message: ({ plugin, milliseconds, reason }) =>
    `Plugin "${plugin}" was not ready after ${seconds(milliseconds)}${reason === undefined ? '' : `: ${reason}`}.`,
  advice: () => 'If it needs longer, raise `timeouts: { start: … }` of the plugin in the registry.',
  sample: { plugin: 'forecaster', milliseconds: 60_000 },
};

export const PLUGIN_EXITED: CatalogueEntry<FailedStart> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 500,
  when: "The plugin's process ended before it was ready.",
  message: ({ plugin, reason }) => `Plugin "${plugin}" ended before it was ready: it ${reason}.`,
  advice: ({ cure }) => cure ?? READ_ITS_OUTPUT,
  sample: { plugin: 'text_tools', reason: 'exited with status 1' },
};

export const PLUGIN_UNRESPONSIVE: CatalogueEntry<Limited> = {
  blame: 'plugin',
  retryable: true,
  httpStatus: 504,
  when: 'A reload started a new instance, which did not answer a ping.',
  message: ({ plugin, milliseconds }) =>
    `Plugin "${plugin}" started, but did not answer a ping within ${seconds(milliseconds)}.`,
  advice: () => 'Look for code that holds the interpreter, such as native code in a thread of its own.',
  sample: { plugin: 'text_tools', milliseconds: 10_000 },
};

export const PLUGIN_RESTARTING: CatalogueEntry<Reasoned & { readonly milliseconds: number }> = {
  blame: 'plugin',
  retryable: true,
  httpStatus: 503,
  when: 'The plugin keeps failing, and the wait for its next start is longer than the call may wait.',
  message: ({ plugin, reason, milliseconds }) =>
    `Plugin "${plugin}" keeps failing, so Bulkhead starts it again only in ${seconds(milliseconds)}: ${reason}.`,
  advice: () => 'Fix the failure above, or wait.',
  sample: {
    plugin: 'text_tools',
    reason: 'its last process (pid 4711) ended unexpectedly',
    milliseconds: 12_800,
  },
};

export const PLUGIN_BROKEN: CatalogueEntry<Reasoned & { readonly milliseconds: number }> = {
  blame: 'plugin',
  retryable: true,
  httpStatus: 503,
  when: 'The plugin failed several times in a row, each time soon after its start; Bulkhead does not start it for a while.',
  message: ({ plugin, reason, milliseconds }) =>
    `Plugin "${plugin}" failed too often in a row, so Bulkhead starts it again only in ${seconds(milliseconds)}: ${reason}.`,
  advice: () => 'Fix the failure above, then wait, or call `resetPlugin` to start it at once.',
  sample: {
    plugin: 'text_tools',
    reason: 'its last process (pid 4711) ended unexpectedly',
    milliseconds: 60_000,
  },
};

export const PLUGIN_CRASHED: CatalogueEntry<
  OfAction & {
    readonly reason: string;
    /** Sentences, where more is known; undefined: the usual advice. */
    readonly cure?: string | undefined;
  }
> = {
  blame: 'plugin',
  retryable: true,
  httpStatus: 502,
  when: "The plugin's process died while the call was running.",
  message: ({ plugin, action, reason }) => `Plugin "${plugin}" died during ${action}: it ${reason}.`,
  advice: ({ cure }) => cure ?? 'The next call starts the plugin again. What it said before is in its last lines.',
  sample: { plugin: 'text_tools', action: 'execute', reason: 'was ended by signal SIGSEGV' },
};

export const GROUP_CRASHED: CatalogueEntry<
  OfPlugin & {
    readonly group: string;
    /** Who has most likely ended it; undefined: nobody in particular. */
    readonly culprit: string | undefined;
    /** Plugins that had something to do when it ended. */
    readonly suspects: readonly string[];
    readonly reason: string;
  }
> = {
  blame: 'plugin',
  retryable: true,
  httpStatus: 502,
  when: 'The process died that the plugin shares with others of its group.',
  message: ({ plugin, group, reason, ...who }) =>
    `Plugin "${plugin}" went with the process of its group "${group}". ${blamed(plugin, who)}: ${reason}.`,
  advice: ({ plugin, culprit }) =>
    `The next call begins the plugin in a new process of the group. Write \`isolation: process\` into the entry of ${
      culprit === undefined ? 'the one that does it' : culprit === plugin ? 'this plugin' : `"${culprit}"`
    }, so that it takes no others along.`,
  sample: {
    plugin: 'text_tools',
    group: 'threads',
    culprit: 'image_tools',
    suspects: ['image_tools'],
    reason: 'the process was ended by signal SIGSEGV at /srv/app/plugins/image_tools/plugin.py:12',
  },
};

function blamed(
  plugin: string,
  { culprit, suspects }: { readonly culprit: string | undefined; readonly suspects: readonly string[] },
): string {
  if (culprit === plugin) return 'Most likely it has ended the process itself';
  if (culprit !== undefined) return `Most likely "${culprit}" has ended the process`;
  return suspects.length === 0
    ? 'Which plugin has ended it is not known'
    : `One of ${suspects.map((suspect) => `"${suspect}"`).join(', ')} has ended it`;
}

export const PLUGIN_REPLACED: CatalogueEntry<OfAction & { readonly reason: string }> = {
  blame: 'plugin',
  retryable: true,
  httpStatus: 503,
  when: 'Bulkhead replaced the instance that ran the call, because of another call.',
  message: ({ plugin, action, reason }) =>
    `The instance running ${plugin}.${action} was replaced before it answered: ${reason}.`,
  advice: () => 'Call again if the action may run twice: it may have begun.',
  sample: {
    plugin: 'text_tools',
    action: 'execute',
    reason: 'keywords did not end within 2000 ms of being cancelled',
  },
};

export const PLUGIN_DISCONNECTED: CatalogueEntry<
  Reasoned & {
    /** The one that the plugin closed while it held the other open. */
    readonly channel?: 'data' | 'control' | undefined;
  }
> = {
  blame: 'plugin',
  retryable: true,
  httpStatus: 502,
  when: 'The connection to the plugin closed while its process went on.',
  message: ({ plugin, reason }) => `The connection to plugin "${plugin}" is closed: ${reason}.`,
  advice: ({ channel }) =>
    channel === undefined
      ? 'The next call connects again, and starts the plugin if it is not there. What it wrote may say why.'
      : 'The next call starts the plugin again. It must not close or use file descriptors 3 and 4; `os.closerange(3, …)` and turning into a daemon close them by accident.',
  sample: {
    plugin: 'text_tools',
    reason: 'the plugin closed its data channel (file descriptor 3) while its process ran on',
    channel: 'data',
  },
};

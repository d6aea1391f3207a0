import type { CatalogueEntry } from './entry.ts';
import type { Limited, OfAction, Reasoned } from './details.ts';
import { seconds } from './words.ts';

/** The plugin's own output and traceback travel beside the message, in `context`. */
const READ_ITS_OUTPUT = "Read the plugin's traceback and last lines; the mistake is in its code or its configuration.";

export const PLUGIN_LAUNCH_FAILED: CatalogueEntry<Reasoned> = {
  blame: 'environment',
  retryable: true,
  httpStatus: 500,
  when: "The system refused to start the plugin's process.",
  message: ({ plugin, reason }) => `Plugin "${plugin}" can't be started: ${reason}.`,
  advice: () =>
    'Check that the interpreter still exists (`bulkhead doctor`) and that the machine has processes and memory to spare.',
  sample: { plugin: 'text_tools', reason: 'spawn /usr/bin/python3.11 ENOENT' },
};

export const PLUGIN_IMPORT_FAILED: CatalogueEntry<Reasoned> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 500,
  when: "The plugin's own file could not be imported, or holds no plugin.",
  message: ({ plugin, reason }) => `Plugin "${plugin}" can't be imported: ${reason}.`,
  advice: () => READ_ITS_OUTPUT,
  sample: { plugin: 'text_tools', reason: "ModuleNotFoundError: No module named 'rapidfuzz'" },
};

export const PLUGIN_INITIALIZE_FAILED: CatalogueEntry<Reasoned> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 500,
  when: "The plugin's `initialize` or `get_metadata` raised.",
  message: ({ plugin, reason }) => `Plugin "${plugin}" failed to initialise: ${reason}.`,
  advice: () => READ_ITS_OUTPUT,
  sample: { plugin: 'text_tools', reason: "KeyError: 'model'" },
};

export const PLUGIN_START_TIMEOUT: CatalogueEntry<Limited> = {
  blame: 'plugin',
  retryable: true,
  httpStatus: 504,
  when: 'The plugin was not ready in time.',
  message: ({ plugin, milliseconds }) => `Plugin "${plugin}" was not ready after ${seconds(milliseconds)}.`,
  advice: () => 'If it really needs longer, raise `timeouts: { start: … }` of the plugin in the registry.',
  sample: { plugin: 'forecaster', milliseconds: 60_000 },
};

export const PLUGIN_EXITED: CatalogueEntry<Reasoned> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 500,
  when: "The plugin's process ended before it was ready.",
  message: ({ plugin, reason }) => `Plugin "${plugin}" ended before it was ready: it ${reason}.`,
  advice: () => READ_ITS_OUTPUT,
  sample: { plugin: 'text_tools', reason: 'exited with status 1' },
};

export const PLUGIN_UNRESPONSIVE: CatalogueEntry<Limited> = {
  blame: 'plugin',
  retryable: true,
  httpStatus: 504,
  when: 'A new instance of a plugin that is being reloaded was ready, but did not answer a ping.',
  message: ({ plugin, milliseconds }) =>
    `Plugin "${plugin}" started, but did not answer a ping within ${seconds(milliseconds)}.`,
  advice: () => 'Something in it keeps the interpreter for itself, such as native code in a thread of its own.',
  sample: { plugin: 'text_tools', milliseconds: 10_000 },
};

export const PLUGIN_RESTARTING: CatalogueEntry<Reasoned & { readonly milliseconds: number }> = {
  blame: 'plugin',
  retryable: true,
  httpStatus: 503,
  when: 'The plugin keeps failing, and its next start is being delayed for longer than the call may wait.',
  message: ({ plugin, reason, milliseconds }) =>
    `Plugin "${plugin}" is started again only in ${seconds(milliseconds)}, because it keeps failing: ${reason}.`,
  advice: () => 'Mend the failure named, or wait.',
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
  when: 'The plugin failed several times in a row, each time after a short life, and is left alone for a while.',
  message: ({ plugin, reason, milliseconds }) =>
    `Plugin "${plugin}" failed too often in a row, and is tried again only in ${seconds(milliseconds)}: ${reason}.`,
  advice: () => 'Mend the failure named, then wait, or call `resetPlugin` to have it tried at once.',
  sample: {
    plugin: 'text_tools',
    reason: 'its last process (pid 4711) ended unexpectedly',
    milliseconds: 60_000,
  },
};

export const PLUGIN_CRASHED: CatalogueEntry<OfAction & { readonly reason: string }> = {
  blame: 'plugin',
  retryable: true,
  httpStatus: 502,
  when: "The plugin's process died while the call was running.",
  message: ({ plugin, action, reason }) => `Plugin "${plugin}" died during ${action}: it ${reason}.`,
  advice: () =>
    'The plugin is started again on the next call. Read its last lines; a signal often means a fault in a native library.',
  sample: { plugin: 'text_tools', action: 'execute', reason: 'was ended by signal SIGSEGV' },
};

export const PLUGIN_REPLACED: CatalogueEntry<OfAction & { readonly reason: string }> = {
  blame: 'plugin',
  retryable: true,
  httpStatus: 503,
  when: 'The call was on an instance that had to be ended because of another call.',
  message: ({ plugin, action, reason }) => `The call of ${plugin}.${action} was lost with its instance: ${reason}.`,
  advice: () => 'Call again, if doing it twice does no harm: whether it had begun is not known.',
  sample: {
    plugin: 'text_tools',
    action: 'execute',
    reason: 'keywords did not end within 2000 ms of being cancelled',
  },
};

export const PLUGIN_DISCONNECTED: CatalogueEntry<Reasoned> = {
  blame: 'plugin',
  retryable: true,
  httpStatus: 502,
  when: 'The connection to the plugin closed while its process went on.',
  message: ({ plugin, reason }) => `The connection to plugin "${plugin}" is closed: ${reason}.`,
  advice: () => 'The plugin is started again on the next call. It must not close or use file descriptors 3 and 4.',
  sample: { plugin: 'text_tools', reason: 'it was closed by the plugin' },
};

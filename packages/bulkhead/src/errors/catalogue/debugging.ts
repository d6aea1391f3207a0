import type { CatalogueEntry } from './entry.ts';
import type { OfPlugin, Reasoned } from './details.ts';

export const DEBUGGER_UNAVAILABLE: CatalogueEntry<{ readonly release: string; readonly reason: string }> = {
  blame: 'environment',
  retryable: true,
  httpStatus: 503,
  when: 'Bulkhead could not fetch debugpy, which lets a debugger attach, from the package index.',
  message: ({ release, reason }) => `${release}, which lets a debugger attach, is not available: ${reason}.`,
  advice: () =>
    'Bulkhead fetches it once, with pip, from the configured index: check the network, the proxy and the index, then try again.',
  sample: {
    release: 'debugpy 1.8.21',
    reason: 'ERROR: No matching distribution found for debugpy==1.8.21',
  },
};

export const DEBUG_FAILED: CatalogueEntry<
  Reasoned & {
    /** A sentence; undefined: the usual advice. */
    readonly cure?: string | undefined;
  }
> = {
  blame: 'environment',
  retryable: true,
  httpStatus: 503,
  when: 'An instance could not let a debugger attach, for instance because the port is taken.',
  message: ({ plugin, reason }) => `No debugger can attach to plugin "${plugin}": ${reason}.`,
  advice: ({ cure }) => cure ?? 'If the port is taken, name another with `--port`; 0 is any that is free.',
  sample: {
    plugin: 'text_tools',
    reason: "Can't listen for client connections: [Errno 98] Address already in use",
  },
};

export const DEBUG_CONTAINED: CatalogueEntry<OfPlugin> = {
  blame: 'user',
  retryable: false,
  httpStatus: 501,
  when: 'A debugger is to attach to a plugin that its image starts, into which the host brings nothing.',
  message: ({ plugin }) => `Plugin "${plugin}" is started by its image, and no debugger can attach to it there.`,
  advice: () => 'Debug it without `image_command`, or with `isolation: process`: the plugin is the same.',
  sample: { plugin: 'image_processor' },
};

export const DEBUG_UNSUPPORTED: CatalogueEntry<OfPlugin & { readonly sdk: string }> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 501,
  when: "The plugin's SDK can't let a debugger attach.",
  message: ({ plugin, sdk }) => `The SDK of plugin "${plugin}", ${sdk}, can't let a debugger attach.`,
  advice: () => 'Update the SDK that the plugin is made with.',
  sample: { plugin: 'text_tools', sdk: 'text-tools-sdk 0.3.0' },
};

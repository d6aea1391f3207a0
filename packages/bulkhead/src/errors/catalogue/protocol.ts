import type { CatalogueEntry } from './entry.ts';
import type { OfAction, OfPlugin, Reasoned } from './details.ts';

export const PROTOCOL_MISMATCH: CatalogueEntry<
  Reasoned & {
    /** A sentence; undefined: the usual advice. */
    readonly cure?: string | undefined;
  }
> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 500,
  when: 'Host and plugin speak no common version of the protocol.',
  message: ({ plugin, reason }) => `Plugin "${plugin}" and this host speak different protocols: ${reason}.`,
  advice: ({ cure }) => cure ?? 'Update the older of the two.',
  sample: {
    plugin: 'text_tools',
    reason: 'the host speaks 1 to 1, the plugin (plugin_sdk 9.0.0) 7 to 9',
  },
};

export const PROTOCOL_VIOLATION: CatalogueEntry<
  Reasoned & {
    /** A sentence; undefined: the usual advice. */
    readonly cure?: string | undefined;
  }
> = {
  blame: 'plugin',
  retryable: true,
  httpStatus: 502,
  when: 'The plugin sent something that the protocol does not allow. Bulkhead ended its instance.',
  message: ({ plugin, reason }) => `Plugin "${plugin}" broke the protocol: ${reason}.`,
  advice: ({ cure }) =>
    cure ?? 'Look for code in the plugin that writes to file descriptor 3 or 4; otherwise its SDK is faulty.',
  sample: { plugin: 'text_tools', reason: 'it sent a message of the unknown kind 99' },
};

export const FRAME_REFUSED: CatalogueEntry<OfAction & { readonly reason: string }> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 502,
  when: 'A frame of the call was malformed or over the limit, and Bulkhead skipped it.',
  message: ({ plugin, action, reason }) => `Bulkhead refused a frame of ${plugin}.${action}: ${reason}.`,
  advice: () =>
    "If the reason names a limit, raise it in the registry; otherwise the plugin's SDK does not follow the protocol.",
  sample: { plugin: 'text_tools', action: 'execute', reason: 'the frame ends in the middle of a value' },
};

export const TRANSPORT_UNAVAILABLE: CatalogueEntry<OfPlugin & { readonly endpoint: string }> = {
  blame: 'bulkhead',
  retryable: false,
  httpStatus: 501,
  when: 'A launcher starts plugins in a way that no transport of this version of Bulkhead can talk over.',
  message: ({ plugin, endpoint }) =>
    `Plugin "${plugin}" can be reached by ${endpoint} only, and this version of Bulkhead has no transport for that.`,
  advice: () => 'Choose another isolation or transport for it in the registry; if you chose none, report this.',
  sample: { plugin: 'text_tools', endpoint: 'address (tcp://127.0.0.1:5555)' },
};

export const TRANSPORT_PACKAGE_MISSING: CatalogueEntry<
  Reasoned & {
    readonly transport: string;
    readonly package: string;
    /** `host`: a package of npm, beside Bulkhead; `plugin`: one of Python, in the plugin's environment. */
    readonly side: 'host' | 'plugin';
  }
> = {
  blame: 'environment',
  retryable: false,
  httpStatus: 501,
  when: "The plugin's `transport` needs a package that is not installed: one of npm beside Bulkhead, or one of Python in the plugin's environment.",
  message: ({ plugin, transport, package: name, side, reason }) =>
    `Plugin "${plugin}" asks for transport: ${transport}, and ${
      side === 'host' ? `the npm package ${name} can't be imported` : `its environment has no usable ${name}`
    }: ${reason}.`,
  advice: ({ package: name, side }) =>
    side === 'host'
      ? `Install it beside Bulkhead: \`npm install ${name}\`.`
      : `Add \`${name}\` to the plugin's requirements, such as \`dependencies: [${name}]\` in its registry entry.`,
  sample: {
    plugin: 'text_tools',
    transport: 'zeromq',
    package: 'pyzmq',
    side: 'plugin',
    reason: "ModuleNotFoundError: No module named 'zmq'",
  },
};

export const SERVICE_UNREACHABLE: CatalogueEntry<Reasoned & { readonly address: string }> = {
  blame: 'environment',
  retryable: true,
  httpStatus: 503,
  when: "Nothing that speaks the plugin's `transport` was found at its `address`.",
  message: ({ plugin, address, reason }) => `Plugin "${plugin}" can't be reached at ${address}: ${reason}.`,
  advice: () => 'Check that the service runs there, and that `address`, `pattern` and `curve` in the registry fit it.',
  sample: { plugin: 'forecaster', address: 'tcp://127.0.0.1:5555', reason: 'connection refused' },
};

export const SERVICE_ANSWER_INVALID: CatalogueEntry<OfAction & { readonly came: string; readonly expected: string }> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 502,
  when: 'A service without the SDK answered something else than its `pattern` and `codec` say.',
  message: ({ plugin, action, came, expected }) =>
    `Plugin "${plugin}" answered ${action} with ${came}; expected ${expected}.`,
  advice: () => 'Change the answer of the service, or `codec` of the plugin in the registry.',
  sample: {
    plugin: 'forecaster',
    action: 'execute',
    came: '{"ok": true}',
    expected: '{"status": "success", "result": …} or {"status": "error", "error": …}',
  },
};

export const SERVICE_ADDRESS_TAKEN: CatalogueEntry<OfPlugin & { readonly address: string }> = {
  blame: 'environment',
  retryable: true,
  httpStatus: 503,
  when: 'Something listens already where the service that is to be started binds.',
  message: ({ plugin, address }) =>
    `Plugin "${plugin}" is to bind ${address}, and something listens there already: calls would go to that.`,
  advice: () =>
    'End what listens there, or let the plugin bind the address in its environment variable BULKHEAD_ADDRESS. Where that is the service itself, name it by `address` in place of `binds`.',
  sample: { plugin: 'forecaster', address: 'tcp://127.0.0.1:5555' },
};

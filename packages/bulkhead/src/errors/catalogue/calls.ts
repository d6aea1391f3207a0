import type { CatalogueEntry } from './entry.ts';
import type { OfAction, OfPlugin } from './details.ts';
import { listed, maybe, seconds } from './words.ts';

export const ACTION_UNKNOWN: CatalogueEntry<
  OfAction & { readonly nearest: string | undefined; readonly known: readonly string[] }
> = {
  blame: 'user',
  retryable: false,
  httpStatus: 404,
  when: 'A call names an action that the plugin does not have.',
  message: ({ plugin, action, nearest }) => `Plugin "${plugin}" has no action "${action}".${maybe(nearest)}`,
  advice: ({ known }) => `Its actions: ${listed(known)}.`,
  sample: { plugin: 'text_tools', action: 'keyword', nearest: 'keywords', known: ['execute', 'keywords'] },
};

export const INPUT_REJECTED: CatalogueEntry<OfAction & { readonly reason: string; readonly path: string | undefined }> =
  {
    blame: 'user',
    retryable: false,
    httpStatus: 400,
    when: "The input does not fit the action's parameters, or what they are hinted as.",
    message: ({ plugin, action, reason }) => `${plugin}.${action} does not take this input: ${reason}.`,
    advice: ({ path }) =>
      path === undefined
        ? "Send an object whose keys are the action's parameters, as named above."
        : `Send at ${path} what the message asks for.`,
    sample: {
      plugin: 'text_tools',
      action: 'keywords',
      path: '$.top',
      reason: "$.top: 'three' is not a whole number",
    },
  };

export const INPUT_NOT_ENCODABLE: CatalogueEntry<OfAction & { readonly path: string; readonly reason: string }> = {
  blame: 'user',
  retryable: false,
  httpStatus: 400,
  when: 'The input of a call holds a value that cannot cross to a plugin.',
  message: ({ plugin, action, path, reason }) =>
    `The input of ${plugin}.${action} can't be sent: ${reason} (at ${path}).`,
  advice: () => 'Send plain objects, arrays, text, numbers, bigints, dates, binary and typed arrays.',
  sample: {
    plugin: 'text_tools',
    action: 'execute',
    path: '$.rows[3].when',
    reason: "a value of class Map can't be sent; send Object.fromEntries(map) if its keys are strings, else [...map]",
  },
};

export const INPUT_TOO_LARGE: CatalogueEntry<OfAction & { readonly reason: string; readonly limit: 'frame' | 'body' }> =
  {
    blame: 'user',
    retryable: false,
    httpStatus: 413,
    when: 'The input of a call is over the size limit.',
    message: ({ plugin, action, reason }) => `The input of ${plugin}.${action} is too large: ${reason}.`,
    advice: ({ limit }) => `Raise \`limits: { ${limit}: … }\` of the plugin in the registry, or send less at a time.`,
    sample: {
      plugin: 'text_tools',
      action: 'execute',
      reason: '70000000 bytes are over the limit of 67108864',
      limit: 'frame',
    },
  };

export const INPUT_STREAM_REFUSED: CatalogueEntry<
  OfAction & { readonly why: 'unknown to its SDK' | 'from the same instance' }
> = {
  blame: 'user',
  retryable: false,
  httpStatus: 400,
  when: 'The plugin can take no streams as input, or not this one.',
  message: ({ plugin, action, why }) =>
    why === 'unknown to its SDK'
      ? `${plugin}.${action} can't take a stream: the plugin's SDK does not support streams as input.`
      : `${plugin}.${action} can't read this stream: the instance that would read it produces it, and runs one call at a time.`,
  advice: ({ why }) =>
    why === 'unknown to its SDK'
      ? 'Collect the stream into an array, or give the plugin an SDK with the feature `input_streams`.'
      : 'Allow the plugin a second instance (`instances: { max: 2 }` in the registry), or collect the stream into an array.',
  sample: { plugin: 'text_tools', action: 'execute', why: 'from the same instance' },
};

export const QUEUE_FULL: CatalogueEntry<OfPlugin & { readonly maximum: number }> = {
  blame: 'user',
  retryable: true,
  httpStatus: 429,
  when: 'The plugin has as many calls waiting or running as `queue.max` allows.',
  message: ({ plugin, maximum }) =>
    `Plugin "${plugin}" can take no more calls: ${maximum} are waiting or running, the most that \`queue: { max: … }\` allows.`,
  advice: ({ plugin }) =>
    `Call again when others have been answered. If the plugin can't keep up, run more instances (\`instances: { max: … }\` of plugin "${plugin}" in the registry) or let more calls wait (\`queue: { max: … }\`).`,
  sample: { plugin: 'text_tools', maximum: 10_000 },
};

export const QUEUE_TIMEOUT: CatalogueEntry<
  OfAction & { readonly milliseconds: number; readonly inFlight: number; readonly instances: number }
> = {
  blame: 'environment',
  retryable: true,
  httpStatus: 503,
  when: 'No instance took the call in time: all were busy, or none was ready. The plugin never saw the call.',
  message: ({ plugin, action, milliseconds, inFlight, instances }) =>
    `No instance took the call of ${plugin}.${action} within ${seconds(milliseconds)}: ${occupation(inFlight, instances)}.`,
  advice: ({ plugin, instances }) =>
    instances === 0
      ? `Keep an instance ready (\`instances: { min: 1 }\` of plugin "${plugin}" in the registry), or raise \`timeouts: { queue: … }\`.`
      : `Send fewer calls at a time, run more instances (\`instances: { max: … }\` of plugin "${plugin}" in the registry; \`concurrency\` if it is written for it), or raise \`timeouts: { queue: … }\`.`,
  sample: { plugin: 'text_tools', action: 'execute', milliseconds: 5_000, inFlight: 2, instances: 2 },
};

/** `activity`: a clause that says what its process did meanwhile, if that is known. */
export const CALL_TIMEOUT: CatalogueEntry<
  OfAction & {
    readonly milliseconds: number;
    readonly setting: string;
    readonly activity?: string | undefined;
  }
> = {
  blame: 'plugin',
  retryable: true,
  httpStatus: 504,
  when: 'The action did not answer in time.',
  message: ({ plugin, action, milliseconds, activity }) =>
    `${plugin}.${action} did not answer within ${seconds(milliseconds)}${activity === undefined ? '' : `: its process ${activity}`}.`,
  advice: ({ setting }) => `If it needs longer, raise ${setting}.`,
  sample: {
    plugin: 'forecaster',
    action: 'execute',
    milliseconds: 300_000,
    activity: 'was computing all the time (299 s of processor time in the last 300 s)',
    setting: '`timeouts: { call: … }` of plugin "forecaster" in the registry',
  },
};

export const CALL_IDLE_TIMEOUT: CatalogueEntry<OfAction & { readonly milliseconds: number }> = {
  blame: 'plugin',
  retryable: true,
  httpStatus: 504,
  when: 'The call showed no progress for too long: the plugin wrote, logged, reported, streamed and asked for nothing.',
  message: ({ plugin, action, milliseconds }) => `${plugin}.${action} showed no progress for ${seconds(milliseconds)}.`,
  advice: ({ plugin }) =>
    `Let the action report its progress, or raise \`timeouts: { idle: … }\` of plugin "${plugin}" in the registry.`,
  sample: { plugin: 'forecaster', action: 'execute', milliseconds: 30_000 },
};

export const CALL_CANCELLED: CatalogueEntry<OfAction> = {
  blame: 'user',
  retryable: false,
  httpStatus: 499,
  isAbort: true,
  when: "The caller's AbortSignal ended the call.",
  message: ({ plugin, action }) => `The call of ${plugin}.${action} was cancelled.`,
  advice: () => "Nothing to do: the caller asked for it. The signal's reason is the cause.",
  sample: { plugin: 'text_tools', action: 'execute' },
};

export const PLUGIN_RAISED: CatalogueEntry<
  OfAction & {
    readonly type: string;
    readonly reason: string;
    /** Sentences, where more is known than what Python said; undefined: the usual advice. */
    readonly cure?: string | undefined;
  }
> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 500,
  when: 'The action raised an exception.',
  message: ({ plugin, action, type, reason }) =>
    `${plugin}.${action} raised ${type}${reason === '' ? '' : `: ${reason}`}`,
  advice: ({ cure }) => cure ?? "Read the plugin's traceback.",
  sample: { plugin: 'text_tools', action: 'execute', type: 'KeyError', reason: "'text'" },
};

export const RESULT_NOT_ENCODABLE: CatalogueEntry<OfAction & { readonly path: string; readonly reason: string }> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 500,
  when: 'The action returned a value that cannot cross to the host.',
  message: ({ plugin, action, path, reason }) =>
    `The result of ${plugin}.${action} can't be sent: ${reason} (at ${path}).`,
  advice: () =>
    'Return None, bool, int (64 bits), float, str, bytes, list, dict with text keys, datetime, numpy arrays, dataclasses, enums and the like: docs/writing-a-plugin.md lists what may cross.',
  sample: {
    plugin: 'text_tools',
    action: 'execute',
    path: '$.words',
    reason: "a value of type generator can't be sent; send list(value), or make the action a generator",
  },
};

export const RESULT_TOO_LARGE: CatalogueEntry<
  OfAction & { readonly reason: string; readonly limit: 'frame' | 'body' | 'values' }
> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 500,
  when: "The action's result is over a limit: of its bytes, or of the values that it holds.",
  message: ({ plugin, action, reason }) => `The result of ${plugin}.${action} is too large: ${reason}.`,
  advice: ({ limit }) =>
    `Raise \`limits: { ${limit}: … }\` of the plugin in the registry, or return less at a time: ${limit === 'values' ? 'numbers as an array (numpy, array.array), rows as a stream' : 'as a stream'}.`,
  sample: {
    plugin: 'text_tools',
    action: 'execute',
    reason: '3000000000 bytes are over the limit of 2147483648',
    limit: 'body',
  },
};

export const HOST_CALL_DENIED: CatalogueEntry<
  OfPlugin & {
    readonly target: string;
    /** The plugins that it may call. */
    readonly mayCall: readonly string[];
  }
> = {
  blame: 'user',
  retryable: false,
  httpStatus: 403,
  when: 'A plugin called another that it may not call.',
  message: ({ plugin, target }) => `Plugin "${plugin}" may not call plugin "${target}".`,
  advice: ({ plugin, target, mayCall }) =>
    `To allow it, write \`may_call: [${[...mayCall, target].join(', ')}]\` at plugin "${plugin}" in the registry.`,
  sample: { plugin: 'summarizer', target: 'text_tools', mayCall: ['translator'] },
};

export const HOST_CALL_PATH_REFUSED: CatalogueEntry<{ readonly path: readonly string[]; readonly reason: string }> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 508,
  when: 'Plugins call each other in a circle, or in too long a chain.',
  message: ({ path, reason }) => `Bulkhead refused the call ${path.join(' → ')}: ${reason}.`,
  advice: () => 'Let the outermost caller call the plugins one after the other.',
  sample: {
    path: ['summarizer', 'text_tools', 'summarizer'],
    reason: 'summarizer would wait for itself',
  },
};

export const TOO_MANY_REQUESTS: CatalogueEntry<OfAction & { readonly most: number }> = {
  blame: 'plugin',
  retryable: true,
  httpStatus: 429,
  when: 'A call of a plugin asks for more calls of others, and resources, than it may have at the same time.',
  message: ({ plugin, action, most }) =>
    `${plugin}.${action} asks for more than ${most} things at the same time: calls of other plugins, resources that it waits for, and those that it holds.`,
  advice: () => 'In the plugin, wait for some of them before you ask for more, and release what is no longer needed.',
  sample: { plugin: 'text_tools', action: 'execute', most: 1024 },
};

function occupation(inFlight: number, instances: number): string {
  if (instances === 0) return 'none was ready';
  const which = instances === 1 ? 'the only one was' : `all ${instances} were`;
  return `${which} busy with ${inFlight} other ${inFlight === 1 ? 'call' : 'calls'}`;
}

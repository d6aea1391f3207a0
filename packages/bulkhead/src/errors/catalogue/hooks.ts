import type { CatalogueEntry } from './entry.ts';
import type { OfPlugin, Reasoned } from './details.ts';
import { seconds } from './words.ts';

interface OfHook {
  readonly event: string;
  /** `owner.id` */
  readonly hook: string;
}

/** `constraints`: those that contradict each other, in their circle. */
export const HOOK_ORDER_UNSATISFIABLE: CatalogueEntry<OfHook & { readonly constraints: readonly string[] }> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 409,
  when: "A hook can't be registered, because what hooks ask for by `before` and `after` contradicts itself.",
  message: ({ event, hook, constraints }) =>
    `Hook ${hook} of event "${event}" can't be put in order: ${constraints.join(', ')}.`,
  advice: () => 'Remove one of these `before` or `after`; without them, `priority` decides.',
  sample: {
    event: 'pre_process',
    hook: 'text_tools.normalise',
    constraints: [
      'text_tools.normalise asks to come before guard.check',
      'guard.check asks to come before text_tools.normalise',
    ],
  },
};

export const HOOK_ALREADY_REGISTERED: CatalogueEntry<OfHook> = {
  blame: 'user',
  retryable: false,
  httpStatus: 409,
  when: 'An owner has a hook of that id for the event already.',
  message: ({ event, hook }) => `There is a hook ${hook} of event "${event}" already.`,
  advice: () => 'Give it another `id`, or remove the other one first.',
  sample: { event: 'pre_process', hook: 'text_tools.normalise' },
};

export const HOOK_DATA_INVALID: CatalogueEntry<{
  readonly event: string;
  readonly path: string;
  readonly reason: string;
}> = {
  blame: 'user',
  retryable: false,
  httpStatus: 400,
  when: 'The data given to the hooks of an event holds something that has no copy.',
  message: ({ event, path, reason }) =>
    `Event "${event}" can't take this data through its hooks: ${reason} (at ${path}).`,
  advice: () => 'Give plain objects, arrays, text, numbers, bigints, dates, binary and typed arrays.',
  sample: { event: 'pre_process', path: '$.request', reason: 'a value of class IncomingMessage' },
};

export const HOOK_FAILED: CatalogueEntry<OfHook & { readonly reason: string }> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 500,
  when: 'A hook threw, or whoever runs it died, and its policy is that the chain fails then.',
  message: ({ event, hook, reason }) => `Hook ${hook} of event "${event}" failed: ${reason}.`,
  advice: () =>
    'Read the cause. `onError: skip` (Python: `on_error="skip"`) lets the chain go on without the hook, `disable` also leaves it out from then on.',
  sample: { event: 'pre_process', hook: 'text_tools.normalise', reason: "KeyError: 'text'" },
};

/** `reason`: a clause after "it". */
export const HOOK_RESULT_INVALID: CatalogueEntry<OfHook & { readonly reason: string }> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 500,
  when: "What a hook returned can't go on: nothing, no data, or data of another kind.",
  message: ({ event, hook, reason }) => `Hook ${hook} of event "${event}" ${reason}.`,
  advice: () =>
    'Let it return the whole new data; `onNothing: keep` lets a hook that returns nothing leave the data as it was.',
  sample: { event: 'pre_process', hook: 'text_tools.normalise', reason: 'returned nothing' },
};

export const HOOK_TIMEOUT: CatalogueEntry<OfHook & { readonly milliseconds: number }> = {
  blame: 'plugin',
  retryable: true,
  httpStatus: 504,
  when: 'A hook did not come to its end in time.',
  message: ({ event, hook, milliseconds }) =>
    `Hook ${hook} of event "${event}" did not end within ${seconds(milliseconds)}.`,
  advice: () => 'If it really needs longer, raise its `timeout`; `mode: notify` does not wait for it.',
  sample: { event: 'pre_process', hook: 'text_tools.normalise', milliseconds: 5_000 },
};

export const HOOK_VETOED: CatalogueEntry<OfHook & { readonly reason: string }> = {
  blame: 'user',
  retryable: false,
  httpStatus: 403,
  when: 'A hook stopped the chain.',
  message: ({ event, hook, reason }) => `Hook ${hook} of event "${event}" stopped it: ${reason}.`,
  advice: () => 'Change what the hook objects to, or remove the hook.',
  sample: { event: 'pre_process', hook: 'guard.check', reason: 'the text holds a password' },
};

export const HOOKS_CANCELLED: CatalogueEntry<{ readonly event: string }> = {
  blame: 'user',
  retryable: false,
  httpStatus: 499,
  when: "The caller's AbortSignal ended a run of hooks.",
  message: ({ event }) => `The hooks of event "${event}" were cancelled.`,
  advice: () => 'Nothing to do: the caller asked for it. The reason given to the signal is the cause.',
  sample: { event: 'pre_process' },
};

export const HOOKS_TIMEOUT: CatalogueEntry<{ readonly event: string; readonly milliseconds: number }> = {
  blame: 'plugin',
  retryable: true,
  httpStatus: 504,
  when: "The hooks of an event did not come to their end within the caller's `timeout`.",
  message: ({ event, milliseconds }) =>
    `The hooks of event "${event}" did not end within ${seconds(milliseconds)}, the start of their plugins included.`,
  advice: () =>
    'Run it with `trace`, or `bulkhead hooks EVENT --trace`, to see where the time goes, or give it a longer `timeout`.',
  sample: { event: 'pre_process', milliseconds: 10_000 },
};

export const HOOK_NOT_OFFERED: CatalogueEntry<
  OfPlugin & { readonly event: string; readonly offered: readonly string[] }
> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 500,
  when: 'A registry entry or manifest lists an event in `hooks` of which the plugin has no hook.',
  message: ({ plugin, event, offered }) =>
    `Plugin "${plugin}" lists event "${event}" in \`hooks\`, and has no hook of it; ${
      offered.length === 0 ? 'it has none at all' : `it has hooks of ${offered.join(', ')}`
    }.`,
  advice: ({ event }) =>
    `Put \`@hook("${event}")\` on a method of the plugin, or take the event out of \`hooks\` in its registry entry or manifest.`,
  sample: { plugin: 'text_tools', event: 'pre_process', offered: ['post_process'] },
};

export const HOOK_PLUGIN_UNAVAILABLE: CatalogueEntry<Reasoned & { readonly event: string }> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 503,
  when: 'A plugin that lists an event in `hooks` did not start, so that nobody knows its hooks, and the chain is not complete.',
  message: ({ plugin, event, reason }) =>
    `Event "${event}" can't take place without plugin "${plugin}", which lists it in \`hooks\`: ${reason}.`,
  advice: ({ event }) =>
    `Read the cause, and mend the plugin; or take "${event}" out of its \`hooks\`, to have the chain go on without it.`,
  sample: {
    plugin: 'text_tools',
    event: 'pre_process',
    reason: "Plugin \"text_tools\" can't be imported: ModuleNotFoundError: No module named 'regex'",
  },
};

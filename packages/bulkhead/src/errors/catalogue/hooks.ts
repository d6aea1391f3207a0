import type { CatalogueEntry } from './entry.ts';
import type { OfPlugin, Reasoned } from './details.ts';
import { seconds } from './words.ts';

interface OfHook {
  readonly event: string;
  /** `owner.id` */
  readonly hook: string;
}

/** `constraints`: the `before` and `after` that contradict each other, in words. */
export const HOOK_ORDER_UNSATISFIABLE: CatalogueEntry<OfHook & { readonly constraints: readonly string[] }> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 409,
  when: 'The `before` and `after` of several hooks contradict each other.',
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
  when: 'The owner already has a hook of that id for the event.',
  message: ({ event, hook }) => `Event "${event}" already has a hook ${hook}.`,
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
  when: "The data given to the hooks of an event holds something that can't be copied.",
  message: ({ event, path, reason }) => `The hooks of event "${event}" can't take this data: ${reason} (at ${path}).`,
  advice: () => 'Pass plain objects, arrays, text, numbers, bigints, dates, binary and typed arrays.',
  sample: { event: 'pre_process', path: '$.request', reason: 'a value of class IncomingMessage' },
};

export const HOOK_FAILED: CatalogueEntry<OfHook & { readonly reason: string }> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 500,
  when: 'A hook failed, or its plugin died, and its policy is to fail the chain.',
  message: ({ event, hook, reason }) => `Hook ${hook} of event "${event}" failed: ${reason}.`,
  advice: () =>
    'Read the cause. With `onError: skip` (Python: `on_error="skip"`) the chain goes on without the hook; `disable` also leaves it out from then on.',
  sample: { event: 'pre_process', hook: 'text_tools.normalise', reason: "KeyError: 'text'" },
};

/** `reason`: a clause after "it". */
export const HOOK_RESULT_INVALID: CatalogueEntry<OfHook & { readonly reason: string }> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 500,
  when: 'A hook returned nothing, no data, or data of another kind.',
  message: ({ event, hook, reason }) => `Hook ${hook} of event "${event}" ${reason}.`,
  advice: () =>
    'Return the whole new data. With `onNothing: keep`, a hook that returns nothing leaves the data as it was.',
  sample: { event: 'pre_process', hook: 'text_tools.normalise', reason: 'returned nothing' },
};

export const HOOK_TIMEOUT: CatalogueEntry<OfHook & { readonly milliseconds: number }> = {
  blame: 'plugin',
  retryable: true,
  httpStatus: 504,
  when: 'A hook did not end in time.',
  message: ({ event, hook, milliseconds }) =>
    `Hook ${hook} of event "${event}" did not end within ${seconds(milliseconds)}.`,
  advice: () => 'If it needs longer, raise its `timeout`; with `mode: notify` the chain does not wait for it.',
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
  isAbort: true,
  when: "The caller's AbortSignal ended a run of hooks.",
  message: ({ event }) => `The hooks of event "${event}" were cancelled.`,
  advice: () => "Nothing to do: the caller asked for it. The signal's reason is the cause.",
  sample: { event: 'pre_process' },
};

export const HOOKS_TIMEOUT: CatalogueEntry<{ readonly event: string; readonly milliseconds: number }> = {
  blame: 'plugin',
  retryable: true,
  httpStatus: 504,
  when: "The hooks of an event did not end within the caller's `timeout`.",
  message: ({ event, milliseconds }) =>
    `The hooks of event "${event}" did not end within ${seconds(milliseconds)}, the start of their plugins included.`,
  advice: () => 'See where the time goes with `trace`, or `bulkhead hooks EVENT --trace`; or pass a longer `timeout`.',
  sample: { event: 'pre_process', milliseconds: 10_000 },
};

export const HOOK_NOT_OFFERED: CatalogueEntry<
  OfPlugin & { readonly event: string; readonly offered: readonly string[] }
> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 500,
  when: 'A registry entry or manifest lists an event in `hooks`, and the plugin has no hook for it.',
  message: ({ plugin, event, offered }) =>
    `Plugin "${plugin}" lists event "${event}" in \`hooks\`, but has no hook for it: it has ${
      offered.length === 0 ? 'none at all' : `hooks for ${offered.join(', ')}`
    }.`,
  advice: ({ event }) =>
    `Put \`@hook("${event}")\` on a method of the plugin, or take the event out of \`hooks\` in its registry entry or manifest.`,
  sample: { plugin: 'text_tools', event: 'pre_process', offered: ['post_process'] },
};

export const HOOK_PLUGIN_UNAVAILABLE: CatalogueEntry<Reasoned & { readonly event: string }> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 503,
  when: 'A plugin that lists an event in `hooks` did not start, so Bulkhead does not know its hooks, and runs no incomplete chain.',
  message: ({ plugin, event, reason }) =>
    `Hooks for event "${event}" were not run, because plugin "${plugin}" (listed in \`hooks\`) did not start: ${reason}.`,
  advice: ({ event }) => `Fix the plugin, or remove "${event}" from its \`hooks\` to run the chain without it.`,
  sample: {
    plugin: 'text_tools',
    event: 'pre_process',
    reason: "Plugin \"text_tools\" can't be imported: ModuleNotFoundError: No module named 'regex'",
  },
};

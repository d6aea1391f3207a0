import type { ChainOutcome, HookStep } from '../hooks/chain-outcome.ts';
import type { HookPosition } from '../hooks/hook-registry.ts';
import { errorView } from './error-view.ts';
import type { JsonObject } from './json-object.ts';

/** The hooks of an event in their order, or why they can't be put in order. Milliseconds. */
export type Chain =
  | { readonly event: string; readonly hooks: readonly HookPosition[] }
  | { readonly event: string; readonly error: unknown };

export function chainView(chain: Chain): JsonObject {
  const { event } = chain;
  if ('error' in chain) return { event, hooks: null, error: errorView(chain.error) };
  const hooks = chain.hooks.map(({ hook, mode, priority, timeout, onError, reason }) => ({
    hook,
    mode,
    priority,
    timeout,
    on_error: onError,
    reason,
  }));
  return { event, hooks, error: null };
}

/** A run of a chain, with the data after it. */
export function chainOutcomeView(event: string, { data, veto, steps }: ChainOutcome): JsonObject {
  return { event, data, veto: veto ?? null, steps: steps.map(stepView) };
}

function stepView({ hook, mode, outcome, milliseconds, error, changes }: HookStep): JsonObject {
  return {
    hook,
    mode,
    outcome,
    milliseconds,
    changes: changes ?? [],
    error: error === undefined ? null : errorView(error),
  };
}

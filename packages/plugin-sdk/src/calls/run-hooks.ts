import type { HookEndingPayload, HooksAnswer, HooksInput } from '@bulkhead/protocol';
import type { Context } from '../author/context.ts';
import { Veto } from '../author/errors.ts';
import type { ServedAction, ServedHook } from '../author/served-plugin.ts';
import { callFailure } from './failure.ts';
import { copied } from './copied.ts';

/** If a hook begins this long after the last sign of life it gives one: the host then knows that another hook takes the time. */
const SIGN_MILLISECONDS = 100;

/** The action by which the host runs hooks: each gets what the one before it returned. */
export function hooksAction(hooks: readonly ServedHook[]): ServedAction {
  return {
    description: {},
    streams: {},
    run: (input, context) => runHooks(hooks, input as HooksInput, context),
  };
}

async function runHooks(
  hooks: readonly ServedHook[],
  { event, hooks: names, data: given }: HooksInput,
  context: Context,
): Promise<HooksAnswer> {
  let data = given;
  let isChanged = false;
  let lastSign = performance.now();
  for (const [completed, name] of names.entries()) {
    const now = performance.now();
    if (completed > 0 && now - lastSign > SIGN_MILLISECONDS) {
      lastSign = now;
      context.progress();
    }
    const end = (ending: HookEndingPayload): HooksAnswer => ({ completed, ...(isChanged ? { data } : {}), ending });
    const found = hooks.find(({ description }) => description.event === event && description.name === name);
    try {
      if (found === undefined) throw new Error(`the plugin has no hook ${name} of event ${event}`);
      // The host keeps what it sent, so the first hook, or a last audit, may work on it even if it fails half-way.
      const mustStay = isChanged || (!found.isTransform && completed + 1 < names.length);
      const made = await found.run(mustStay ? copied(data) : data, context);
      if (!found.isTransform) continue;
      if ((made ?? null) === null && (data ?? null) !== null)
        return end({ kind: 'invalid', reason: 'returned nothing' });
      data = made;
      isChanged = true;
    } catch (error) {
      if (context.signal.aborted) throw error;
      return end(
        error instanceof Veto
          ? { kind: 'veto', reason: error.message || 'no reason given' }
          : { kind: 'failure', failure: callFailure(error, false) },
      );
    }
  }
  return { completed: names.length, ...(isChanged ? { data } : {}) };
}

import type { ActionDescription, HookDescription } from '@bulkhead/protocol';
import type { TypedAction, TypedHook } from './contract.ts';
import { fromStruct } from './data.ts';

/** As READY has it: what was left out is left out. */
export function actionOf({
  description,
  stream,
  idempotent,
  inputSchema,
  outputSchema,
}: TypedAction): ActionDescription {
  return {
    ...(description ? { description } : {}),
    ...(stream ? { stream } : {}),
    ...(idempotent ? { idempotent } : {}),
    ...(inputSchema ? { input: fromStruct(inputSchema) } : {}),
    ...(outputSchema ? { output: fromStruct(outputSchema) } : {}),
  };
}

export function hookOf(hook: TypedHook): HookDescription {
  const { event = '', name = '', priority, mode, before = [], after = [], timeoutMs, onError } = hook;
  return {
    event,
    name,
    ...(priority === undefined ? {} : { priority }),
    ...(mode === undefined ? {} : { mode: said(mode, 'MODE_') as NonNullable<HookDescription['mode']> }),
    before,
    after,
    ...(timeoutMs ? { timeout: timeoutMs } : {}),
    ...(onError === undefined
      ? {}
      : { on_error: said(onError, 'ON_ERROR_') as NonNullable<HookDescription['on_error']> }),
  };
}

/** `MODE_AUDIT` is `audit`. One that this host does not know is refused as what READY may not hold. */
function said(name: string, prefix: string): string {
  return String(name).slice(prefix.length).toLowerCase();
}

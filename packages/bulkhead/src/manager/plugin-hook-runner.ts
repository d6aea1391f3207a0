import type { HooksAnswer, HooksInput, RemoteFailure } from '@bulkhead/protocol';
import { BulkheadError, isBulkheadError } from '../errors/bulkhead-error.ts';
import { errorFromRemote } from '../errors/remote-failure.ts';
import {
  type BatchContext,
  type BatchResult,
  type HookOutcome,
  type HookRunner,
  HookTimeIsOver,
  type HookToRun,
} from '../hooks/hook-runner.ts';
import { timeOfAll } from '../hooks/batch.ts';
import { readFailure } from '../errors/read-failure.ts';
import type { HideSecrets } from '../lifecycle/hide-secrets.ts';
import { isRecord } from '../lifecycle/is-record.ts';
import { visibleLine } from '../lifecycle/visible-text.ts';
import type { HookingPlugin } from './hooking-plugin.ts';

/** Characters of what a hook says of its veto. */
const LONGEST_REASON = 16_384;
/** A hook that begins more than 100 ms after the last sign of life gives one, which may come a little later. */
const SIGN_MILLISECONDS = 250;

/**
 * Runs hooks of a plugin that follow each other, in one call of it. Their time is counted as that of every call: from being sent
 * to an instance, so that a hook is not blamed for a queue, or for a start.
 */
export class PluginHookRunner implements HookRunner {
  readonly keepsTime = true;
  readonly #plugin: HookingPlugin;

  constructor(plugin: HookingPlugin) {
    this.#plugin = plugin;
  }

  async run(hooks: readonly HookToRun[], data: unknown, { event, unwanted }: BatchContext): Promise<BatchResult> {
    const input: HooksInput = { event, hooks: hooks.map(({ name }) => name), data };
    // So a hook that hangs is not waited for as long as all of them might take.
    const idle = Math.max(...hooks.map((hook) => hook.timeout)) + SIGN_MILLISECONDS;
    const limits = { timeout: timeOfAll(hooks), idle, signal: unwanted };
    let answer: unknown;
    try {
      answer = await this.#plugin.callHooks(input, limits);
    } catch (error) {
      return this.#failed(error, hooks, data);
    }
    const read = readAnswer(answer, hooks.length, this.#plugin.hide);
    const isChanged = hooks.slice(0, read?.completed).some(({ mode }) => mode === 'transform');
    if (read === undefined || (isChanged && !('data' in read))) {
      const reason = 'what it answered for its hooks is not as the protocol says';
      throw new BulkheadError('PROTOCOL_VIOLATION', { plugin: this.#plugin.id, reason });
    }
    const { completed, ending } = read;
    return {
      completed,
      data: isChanged ? read.data : data,
      ...(ending === undefined ? {} : { outcome: this.#outcome(ending, hooks[completed]!.name) }),
    };
  }

  /** Of several hooks it is not known which of them it was. */
  #failed(error: unknown, hooks: readonly HookToRun[], data: unknown): BatchResult {
    if (!isBulkheadError(error)) throw error;
    if (error.code === 'CALL_TIMEOUT' || error.code === 'CALL_IDLE_TIMEOUT') throw new HookTimeIsOver({ cause: error });
    const isNoData = error.code === 'RESULT_NOT_ENCODABLE' || error.code === 'RESULT_TOO_LARGE';
    if (!isNoData || hooks.length > 1) throw error;
    const { reason } = error.details as { reason: string };
    return { completed: 0, data, outcome: { kind: 'invalid', reason: `returned what can't be sent: ${reason}` } };
  }

  #outcome(ending: NonNullable<HooksAnswer['ending']>, hook: string): HookOutcome {
    if (ending.kind !== 'failure') return ending;
    const origin = { plugin: this.#plugin.id, action: hook, actions: [] };
    return { kind: 'failure', error: errorFromRemote(ending.failure, origin) };
  }
}

/** Undefined when it is not of the right shape. */
function readAnswer(value: unknown, count: number, hide: HideSecrets): HooksAnswer | undefined {
  if (!isRecord(value)) return undefined;
  const { completed } = value;
  if (!Number.isInteger(completed) || (completed as number) < 0 || (completed as number) > count) return undefined;
  const ending = readEnding(value['ending'], hide);
  if ((completed as number) < count !== (ending !== undefined)) return undefined;
  return {
    completed: completed as number,
    ...('data' in value ? { data: value['data'] } : {}),
    ...(ending === undefined ? {} : { ending }),
  };
}

function readEnding(value: unknown, hide: HideSecrets): HooksAnswer['ending'] {
  if (!isRecord(value)) return undefined;
  const { kind, reason } = value;
  if ((kind === 'veto' || kind === 'invalid') && typeof reason === 'string')
    return { kind, reason: visibleLine(reason, LONGEST_REASON, hide) };
  const failure: RemoteFailure | undefined = readFailure(value['failure'], hide);
  return kind === 'failure' && failure !== undefined ? { kind, failure } : undefined;
}

import { BulkheadError } from '../errors/bulkhead-error.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import { type CallInput, callInput, fixedInput } from '../session/call-input.ts';
import type { CallReceiver } from '../session/call-receiver.ts';
import type { HostCallRequest } from '../session/host-calls.ts';
import { inputError } from '../session/input-error.ts';
import { PluginStream } from '../session/plugin-stream.ts';
import { checkOptions } from '../errors/check-options.ts';
import { checkSignal } from '../errors/check-signal.ts';
import { bytesOf, checkAction, checkTimeout, EXECUTE_OPTIONS, type ExecuteOptions } from './execute-options.ts';
import { pathOfHostCall } from './host-call-path.ts';
import type { PluginRevision } from './plugin-revision.ts';
import { traceContext, traceWithin } from './trace-context.ts';

/** The calls of a manager: the application's, and those that plugins make of one another. */
export class PluginCalls {
  readonly #find: (plugin: string) => PluginRevision;

  /** @param find what serves now; throws the mistake in the plugin's declaration, or `PLUGIN_UNKNOWN` */
  constructor(find: (plugin: string) => PluginRevision) {
    this.#find = find;
  }

  /** See `PluginManager.executePlugin`. */
  execute(plugin: string, data: unknown, options: ExecuteOptions): Promise<unknown> {
    try {
      const input = callInput(data, options.lend);
      return input.sources.length === 0 ? this.#execute(plugin, input, options) : this.#feed(plugin, input, options);
    } catch (error) {
      return Promise.reject(inputError(error, plugin, options.action ?? 'execute'));
    }
  }

  /**
   * Calls another plugin for `plugin`, as a part of its call `caller`: with no more time than is left of that.
   *
   * @throws BulkheadError `HOST_CALL_DENIED`, `HOST_CALL_PATH_REFUSED`, `RESULT_NOT_ENCODABLE`, and as `execute`
   */
  async hostCall(
    plugin: PluginSpec,
    caller: CallReceiver,
    { plugin: target, action, input, timeout, trace }: HostCallRequest,
    signal: AbortSignal,
  ): Promise<unknown> {
    checkAction(action);
    const path = pathOfHostCall(plugin, caller.path ?? [plugin.id], target);
    const { calls, spec } = this.#find(target);
    const left = Math.max(1, (caller.deadline ?? Number.POSITIVE_INFINITY) - performance.now());
    const request = {
      action,
      input: fixedInput(input),
      timeout: Math.min(timeout ?? spec.calls.timeouts.call, left),
      // A plugin that sets a limit means all that it waits for, the queue included.
      countsWaiting: timeout !== undefined,
      signal,
      path,
      trace: traceWithin(caller.trace, trace),
      // A plugin with several calls at once may let go of a resource in another call while this one waits.
      awaitedBy: plugin.calls.concurrency === 1 ? caller : undefined,
    };
    const answer = await calls.execute(request, false);
    if (!(answer instanceof PluginStream)) return answer;
    await answer.return();
    const reason = 'a stream goes to the host only; let the action return a list';
    throw new BulkheadError('RESULT_NOT_ENCODABLE', { plugin: target, action, path: '$', reason });
  }

  #execute(plugin: string, input: CallInput, options: ExecuteOptions): Promise<unknown> {
    checkOptions(options, EXECUTE_OPTIONS, 'executePlugin');
    const { action = 'execute', timeout, signal, onProgress, into: memory, cache = true } = options;
    checkTimeout(timeout);
    checkAction(action);
    checkSignal(signal);
    const into = memory === undefined ? undefined : bytesOf(memory);
    const { calls, pool } = this.#find(plugin);
    const mayBeKept = cache && into === undefined && input.sources.length === 0;
    const request = { action, input, timeout, signal, onProgress, into, trace: traceContext(options) };
    return mayBeKept ? calls.execute(request, true) : pool.execute(request);
  }

  /** Closes the sources also when the call was never sent: they belong to it from the beginning. */
  async #feed(plugin: string, input: CallInput, options: ExecuteOptions): Promise<unknown> {
    try {
      return await this.#execute(plugin, input, options);
    } catch (error) {
      for (const source of input.sources) source.close();
      throw error;
    }
  }
}

import { inspect } from 'node:util';
import { checkOptions } from '../errors/check-options.ts';
import { EXECUTE_OPTIONS, type ExecuteOptions } from './execute-options.ts';
import type { ActionOptions, UncheckedHandle } from './plugin-types.ts';

type Execute = (input: unknown, options: ExecuteOptions) => Promise<unknown>;

/**
 * Asked of any object by `await`, by JSON and by test libraries, which would take an action for an answer. What each object has,
 * such as `constructor`, is no action either.
 */
const NEVER_ACTIONS: ReadonlySet<string> = new Set(['then', 'toJSON', 'asymmetricMatch']);

const { action: _, ...ACTION_OPTIONS } = EXECUTE_OPTIONS;

/** An object whose methods are the actions of a plugin: all names, since the plugin may not have been started yet. */
export function pluginHandle(id: string, execute: Execute): UncheckedHandle {
  const call = (action: string, input: unknown = null, options: ActionOptions = {}): Promise<unknown> => {
    try {
      checkOptions(options, ACTION_OPTIONS, `${id}.${action}`);
      return execute(input, { ...options, action });
    } catch (error) {
      return Promise.reject(error);
    }
  };
  const target = Object.freeze({
    call,
    [Symbol.toStringTag]: 'PluginHandle',
    [inspect.custom]: () => `PluginHandle ${JSON.stringify(id)}`,
  });
  return new Proxy(target, {
    get: (_, name) => {
      if (typeof name === 'symbol' || name in target) return Reflect.get(target, name) as unknown;
      if (NEVER_ACTIONS.has(name)) return undefined;
      return (input?: unknown, options?: ActionOptions) => call(name, input, options);
    },
  }) as unknown as UncheckedHandle;
}

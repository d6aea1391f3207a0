import type { Context } from './context.ts';

export interface HookOptions {
  /** Unlike that of the plugin's other hooks of the event; the name of the event unless given. */
  readonly name?: string | undefined;
  /** Higher ones go first; 50 unless given. */
  readonly priority?: number | undefined;
  /** `transform` returns the new data, `audit` only looks and may throw `Veto`, and the host does not wait for `notify`. */
  readonly mode?: 'transform' | 'audit' | 'notify' | undefined;
  /** Names of plugins or hooks that go later. */
  readonly before?: string | readonly string[] | undefined;
  /** Names of plugins or hooks that go first. */
  readonly after?: string | readonly string[] | undefined;
  /** Milliseconds. */
  readonly timeout?: number | undefined;
  /** What a failure means: the chain fails, goes on without it, or without it from then on. */
  readonly onError?: 'fail' | 'skip' | 'disable' | undefined;
}

/** Takes the data of an event; a `transform` returns the new data. */
export type HookHandler<Data = unknown> = (data: Data, context: Context) => unknown;

/** A hook with its options. */
export class Hook {
  readonly options: HookOptions;
  readonly handler: HookHandler<never>;

  constructor(options: HookOptions, handler: HookHandler<never>) {
    this.options = options;
    this.handler = handler;
  }
}

/** @throws TypeError if `handler` is no function */
export function hook<Data = unknown>(options: HookOptions, handler: HookHandler<Data>): Hook {
  if (typeof handler !== 'function') throw new TypeError('hook takes its options, then the function that it runs');
  return new Hook(options, handler as HookHandler<never>);
}

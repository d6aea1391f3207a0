/** What a failure led to; `reported`: a `notify` hook failed, which changes no chain. */
export type HookConsequence = 'chain_failed' | 'skipped' | 'disabled' | 'reported';

/** Hears what hooks do; the chain never waits for it. Hooks by full name, times in milliseconds. */
export interface HookObserver {
  /** `hooks`: those of one batch. */
  hooksRan(event: string, hooks: readonly string[], duration: number): void;
  hookFailed(event: string, hook: string, error: Error, consequence: HookConsequence): void;
  hookVetoed(event: string, hook: string, reason: string): void;
}

/** All its methods, to pass events on. */
export const HOOK_EVENTS: Readonly<Record<keyof HookObserver, true>> = {
  hooksRan: true,
  hookFailed: true,
  hookVetoed: true,
};

/** Without an observer, a failure that the chain survives becomes a warning of the process. */
export const WARNING_OBSERVER: HookObserver = {
  hooksRan: () => {},
  hookFailed: (_event, _hook, error, consequence) => {
    if (consequence !== 'chain_failed') process.emitWarning(`${error.message} (${consequence})`, 'HookWarning');
  },
  hookVetoed: () => {},
};

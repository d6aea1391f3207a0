/** What a failure led to; `reported`: nothing else, since nobody waited for the hook. */
export type HookConsequence = 'chain_failed' | 'skipped' | 'disabled' | 'reported';

/** Watches; nothing waits for it. Hooks by full name, times in milliseconds. */
export interface HookObserver {
  /** `hooks` in one batch: those that were run together. */
  hooksRan(event: string, hooks: readonly string[], duration: number): void;
  hookFailed(event: string, hook: string, error: Error, consequence: HookConsequence): void;
  hookVetoed(event: string, hook: string, reason: string): void;
}

/** Its methods, for those who pass on what it is told. */
export const HOOK_EVENTS: Readonly<Record<keyof HookObserver, true>> = {
  hooksRan: true,
  hookFailed: true,
  hookVetoed: true,
};

/** For those who watch nothing: a failure that no caller hears of becomes a warning of the process, once at least. */
export const WARNING_OBSERVER: HookObserver = {
  hooksRan: () => {},
  hookFailed: (_event, _hook, error, consequence) => {
    if (consequence !== 'chain_failed') process.emitWarning(`${error.message} (${consequence})`, 'HookWarning');
  },
  hookVetoed: () => {},
};

export const MODES = ['transform', 'audit', 'notify'] as const;
export const ERROR_POLICIES = ['fail', 'skip', 'disable'] as const;
export const NOTHING_POLICIES = ['fail', 'keep'] as const;

/** `transform` returns the new data; `audit` sees it, and may stop the chain; `notify` is not waited for. */
export type HookMode = (typeof MODES)[number];
/** What a failed hook means: the chain fails, goes on without it, or goes on without it from now on. */
export type OnHookError = (typeof ERROR_POLICIES)[number];
/** What it means that a hook returns nothing: it failed, or the data stays as it was before the hook. */
export type OnNothing = (typeof NOTHING_POLICIES)[number];

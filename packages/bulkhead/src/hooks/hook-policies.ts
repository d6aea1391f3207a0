export const MODES = ['transform', 'audit', 'notify'] as const;
export const ERROR_POLICIES = ['fail', 'skip', 'disable'] as const;
export const NOTHING_POLICIES = ['fail', 'keep'] as const;

/** `transform` returns the new data; `audit` sees it and may stop the chain; the chain does not wait for `notify`. */
export type HookMode = (typeof MODES)[number];
/** When a hook fails, the chain fails, skips it, or skips it from now on. */
export type OnHookError = (typeof ERROR_POLICIES)[number];
/** When a hook returns nothing, it has failed, or the data stays as it was before. */
export type OnNothing = (typeof NOTHING_POLICIES)[number];

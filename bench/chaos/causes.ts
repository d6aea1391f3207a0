import type { ErrorCode } from 'bulkhead';

/** What reaches the host late, such as the end of a process while the host itself is blocked. */
const AFTERMATH_MILLISECONDS = 3_000;

/** What a trouble may cost the calls of the plugin that it is made to. */
const COSTS = {
  /** The process is gone. The delay before its next start grows with each death, so that calls are refused for long. */
  death: ['PLUGIN_CRASHED', 'PLUGIN_EXITED', 'PLUGIN_RESTARTING'],
  /** The process does nothing: calls and starts come to their limits, cancelled ones cost the instance. */
  standstill: ['CALL_TIMEOUT', 'PLUGIN_START_TIMEOUT', 'PLUGIN_REPLACED', 'PLUGIN_RESTARTING'],
  /** A call was cancelled that may not let go within its grace: then all calls of its instance are lost with it. */
  cancel: ['PLUGIN_REPLACED'],
} as const satisfies Readonly<Record<string, readonly ErrorCode[]>>;

export type Cause = keyof typeof COSTS;

interface Trouble {
  readonly cause: Cause;
  readonly plugin: string;
  readonly beganAt: number;
  endedAt: number;
}

/** Knows which troubles were made to which plugin, and when: only these excuse a call that fails. */
export class Causes {
  readonly #troubles: Trouble[] = [];

  /** Notes that a trouble begins; returns how to note its end. */
  begin(cause: Cause, plugin: string): () => void {
    const trouble = { cause, plugin, beganAt: performance.now(), endedAt: Number.POSITIVE_INFINITY };
    this.#troubles.push(trouble);
    return () => (trouble.endedAt = performance.now());
  }

  /** Whether a call of `plugin` that began at `since` may fail with `code` now. */
  excuse(plugin: string, code: ErrorCode, since: number): boolean {
    return this.#troubles.some(
      (trouble) =>
        trouble.plugin === plugin &&
        (COSTS[trouble.cause] as readonly ErrorCode[]).includes(code) &&
        (code === 'PLUGIN_RESTARTING' || trouble.endedAt + AFTERMATH_MILLISECONDS > since),
    );
  }
}

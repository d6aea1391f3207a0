import type { ErrorCode } from 'bulkhead';

/** A blocked host learns late of what has happened to its plugins. */
const AFTERMATH_MILLISECONDS = 3_000;

/** The failures that each cause may bring to calls of its plugin. */
const COSTS = {
  /** The process is gone. The delay before its next start grows with each death; calls are refused meanwhile. */
  death: ['PLUGIN_CRASHED', 'PLUGIN_EXITED', 'PLUGIN_RESTARTING'],
  /** The process is stopped: calls and starts reach their limits, and a cancelled call costs the instance. */
  standstill: ['CALL_TIMEOUT', 'PLUGIN_START_TIMEOUT', 'PLUGIN_REPLACED', 'PLUGIN_RESTARTING'],
  /** A cancelled call may outlast its grace; its instance is replaced, and all calls of that instance are lost. */
  cancel: ['PLUGIN_REPLACED'],
} as const satisfies Readonly<Record<string, readonly ErrorCode[]>>;

export type Cause = keyof typeof COSTS;

interface Trouble {
  readonly cause: Cause;
  readonly plugin: string;
  readonly beganAt: number;
  endedAt: number;
}

/** Records which faults were injected into which plugin, and when: only these excuse a failed call. */
export class Causes {
  readonly #troubles: Trouble[] = [];

  /** Records the beginning of a cause; the returned function records its end. */
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

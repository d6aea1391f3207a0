import type { HookObserver } from '../../src/hooks/hook-observer.ts';
import { HookRegistry } from '../../src/hooks/hook-registry.ts';
import type { BatchContext, BatchResult, HookOutcome, HookRunner, HookToRun } from '../../src/hooks/hook-runner.ts';
import type { HookOptions } from '../../src/hooks/hook.ts';

/** A registry, and all that it told. */
export function workbench() {
  const told: string[] = [];
  const failures: Error[] = [];
  const observer: HookObserver = {
    hooksRan: (_event, hooks) => told.push(`ran ${hooks.join(' + ')}`),
    hookFailed: (_event, hook, error, consequence) => {
      told.push(`${hook} ${consequence}`);
      failures.push(error);
    },
    hookVetoed: (_event, hook, reason) => told.push(`${hook} vetoed: ${reason}`),
  };
  const hooks = new HookRegistry({ observer });
  /** Appends its name to the list that the event takes through. */
  const append = (name: string, options: HookOptions = {}, event = 'event') =>
    hooks.register(event, (list: string[]) => [...list, name], { id: name, ...options });
  return { hooks, told, failures, append };
}

type Behaviour = (data: unknown) => unknown;

export class Veto {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** Stands for a plugin's instance: keeps to what HookRunner asks, and notes what crosses. */
export class FakeInstance implements HookRunner {
  readonly batches: string[] = [];
  readonly signals: AbortSignal[] = [];
  readonly #behaviours: Readonly<Record<string, Behaviour>>;

  constructor(behaviours: Readonly<Record<string, Behaviour>>) {
    this.#behaviours = behaviours;
  }

  async run(hooks: readonly HookToRun[], data: unknown, { signal }: BatchContext): Promise<BatchResult> {
    this.batches.push(hooks.map(({ name }) => name).join('+'));
    this.signals.push(signal);
    let current = structuredClone(data);
    for (const [completed, { name, mode, onNothing }] of hooks.entries()) {
      const value = await this.#behaviours[name]?.(structuredClone(current));
      const end = (outcome: HookOutcome): BatchResult => ({ completed, data: current, outcome });
      if (value instanceof Veto) return end({ kind: 'veto', reason: value.reason });
      if (value instanceof Error) return end({ kind: 'failure', error: value });
      if (mode !== 'transform') continue;
      if (value !== undefined) current = value;
      else if (onNothing === 'fail') return end({ kind: 'invalid', reason: 'returned nothing' });
    }
    return { completed: hooks.length, data: current };
  }
}

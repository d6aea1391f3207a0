import { asBulkheadError } from '../errors/as-bulkhead-error.ts';
import type { BulkheadError } from '../errors/bulkhead-error.ts';
import type { PluginManager } from '../manager/plugin-manager.ts';
import type { InstanceStatus, PluginDescription } from '../manager/plugin-status.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import { PluginStream } from '../session/plugin-stream.ts';
import type { CallPlan, PlannedCall } from './inputs/call-plan.ts';
import type { Recording } from './recording.ts';

/** How a call ended. */
export type Outcome =
  | { readonly value: unknown; readonly error?: undefined; readonly duration: number }
  | { readonly error: BulkheadError; readonly duration: number };

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds. */
  readonly timeout?: number;
}

/** No check waits longer for one call, whatever the plugin's own limit is. */
const LONGEST_CALL_MILLISECONDS = 60_000;
const QUICK_MILLISECONDS = 1_000;
/** Of an endless stream. */
const MOST_CHUNKS = 1_000;
/** An action that no plugin has: that it is unknown is an answer, too, and calls none of the plugin's code. */
const PROBE = { action: 'bulkhead verify asks whether you answer', input: null };

export interface SubjectParts {
  readonly manager: PluginManager;
  readonly spec: PluginSpec;
  readonly recording: Recording;
  readonly signal: AbortSignal;
  readonly memory: MemoryLimits;
}

/** How long memory is watched. */
export interface MemoryLimits {
  readonly calls: number;
  /** Milliseconds. */
  readonly time: number;
}

/** The plugin that is verified, as the checks see it. */
export class Subject {
  readonly manager: PluginManager;
  readonly spec: PluginSpec;
  readonly recording: Recording;
  /** Ends the verification. */
  readonly signal: AbortSignal;
  readonly memory: MemoryLimits;
  /** What it says of itself; set by the first check. */
  description: PluginDescription | undefined;
  /** What may be called; empty until it has said what it has. */
  plan: CallPlan = { calls: [], actions: [] };
  /** Milliseconds that each planned call takes, as far as it was answered: the first of a kind is slower. */
  readonly durations: Map<PlannedCall, number> = new Map();

  constructor({ manager, spec, recording, signal, memory }: SubjectParts) {
    this.manager = manager;
    this.spec = spec;
    this.recording = recording;
    this.signal = signal;
    this.memory = memory;
  }

  get id(): string {
    return this.spec.id;
  }

  /** The instance that takes calls. */
  get instance(): InstanceStatus | undefined {
    const status = this.manager.plugins().find(({ id }) => id === this.id);
    return status?.instances.findLast(({ state }) => state !== 'leaving');
  }

  /** The answered call that took least, of those of the mildest kind: pure ones before others. */
  get cheapest(): PlannedCall | undefined {
    const answered = [...this.durations].toSorted(([, one], [, other]) => one - other).map(([call]) => call);
    return answered.find(({ isPure }) => isPure) ?? answered[0];
  }

  /** Those answered calls that may be made over and over; the shortest, if none of them is short. */
  get quick(): readonly PlannedCall[] {
    const quick = [...this.durations].flatMap(([call, duration]) => (duration <= QUICK_MILLISECONDS ? [call] : []));
    return quick.length > 0 ? quick : [this.cheapest ?? []].flat();
  }

  /** The answered call that took longest. */
  get slowest(): PlannedCall | undefined {
    return [...this.durations].toSorted(([, one], [, other]) => other - one)[0]?.[0];
  }

  /** Notes how long a planned call took that was answered. */
  answered(call: PlannedCall, duration: number): void {
    this.durations.set(call, Math.min(duration, this.durations.get(call) ?? Infinity));
  }

  /** Calls it, past the cache. @throws the signal's reason */
  async call({ action, input }: Pick<PlannedCall, 'action' | 'input'>, options: CallOptions = {}): Promise<Outcome> {
    const { signal = this.signal, timeout = this.longestCall } = options;
    const began = performance.now();
    const duration = (): number => performance.now() - began;
    try {
      const answer = await this.manager.executePlugin(this.id, input, { action, timeout, signal, cache: false });
      return { value: answer instanceof PluginStream ? await chunksOf(answer) : answer, duration: duration() };
    } catch (error) {
      this.signal.throwIfAborted();
      return { error: asBulkheadError(error), duration: duration() };
    }
  }

  /** Calls whatever is harmless: it answers if the plugin can be used. @returns the error if not. @throws the signal's reason */
  async probe(): Promise<{ readonly error: BulkheadError | undefined; readonly duration: number }> {
    const { cheapest } = this;
    const isService = this.spec.launch.pattern === 'rep';
    // A service may well take what it does not know for its only action.
    const { error, duration } =
      cheapest === undefined && isService ? await this.#started() : await this.call(cheapest ?? PROBE);
    return { error: error === undefined || isAnswer(error) ? undefined : error, duration };
  }

  async #started(): Promise<{ readonly error: BulkheadError | undefined; readonly duration: number }> {
    const began = performance.now();
    const error = await this.manager.startPlugin(this.id).then(() => undefined, asBulkheadError);
    return { error, duration: performance.now() - began };
  }

  /** Milliseconds. */
  get longestCall(): number {
    return Math.min(this.spec.calls.timeouts.call, LONGEST_CALL_MILLISECONDS);
  }
}

/** Whether the plugin itself said so, as opposed to what the host says of it. */
export function isAnswer({ code }: BulkheadError): boolean {
  return ['ACTION_UNKNOWN', 'INPUT_REJECTED', 'PLUGIN_RAISED', 'RESULT_NOT_ENCODABLE', 'RESULT_TOO_LARGE'].includes(
    code,
  );
}

async function chunksOf(stream: PluginStream): Promise<unknown[]> {
  const chunks: unknown[] = [];
  for await (const chunk of stream) {
    chunks.push(chunk);
    if (chunks.length === MOST_CHUNKS) break;
  }
  return chunks;
}

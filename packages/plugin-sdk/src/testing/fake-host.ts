import type { LogPayload, ProgressPayload, RemoteFailure } from '@bulkhead/protocol';
import { RemoteError } from '../author/errors.ts';

/** A call of another plugin that the plugin has asked for. */
export interface HostCall {
  readonly plugin: string;
  readonly action: string;
  readonly input: unknown;
  readonly timeout?: number | undefined;
  /** The one that the plugin named for it. */
  readonly traceparent?: string | undefined;
}

/** A resource that it has asked for. */
export interface LockRequest {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Whether the plugin has let it go. */
  isReleased: boolean;
}

/** Notes what a plugin asks of its host, and answers in place of other plugins. */
export class FakeHost {
  /** In the order in which they were asked for, as all of these. */
  readonly calls: HostCall[] = [];
  readonly locks: LockRequest[] = [];
  readonly progress: ProgressPayload[] = [];
  readonly log: LogPayload[] = [];
  readonly #answers = new Map<string, unknown>();
  readonly #withheld = new Set<string>();

  /** What another plugin answers: a value, an error to fail with, or a function of the input. */
  answer(plugin: string, answer: unknown, action: string = 'execute'): void {
    this.#answers.set(`${plugin}.${action}`, answer);
  }

  /** Others hold that resource: nobody is granted it. */
  withhold(name: string): void {
    this.#withheld.add(name);
  }

  /** @internal @throws what the call fails with */
  async called(call: HostCall): Promise<unknown> {
    this.calls.push(call);
    const name = `${call.plugin}.${call.action}`;
    if (!this.#answers.has(name))
      throw new RemoteError(
        'PLUGIN_UNKNOWN',
        `this test has no answer for ${name}: host.answer(${JSON.stringify(call.plugin)}, …)`,
      );
    const answer = this.#answers.get(name);
    if (answer instanceof Error) throw answer;
    return typeof answer === 'function' ? await (answer as (input: unknown) => unknown)(call.input) : answer;
  }

  /** @internal */
  locked(request: LockRequest): RemoteFailure | undefined {
    this.locks.push(request);
    if (!this.#withheld.has(request.name)) return undefined;
    return {
      code: 'RESOURCE_CONFLICT',
      message: `the resource ${JSON.stringify(request.name)} is held by others in this test`,
    };
  }
}

import { type BulkheadError, isBulkheadError } from '../../errors/bulkhead-error.ts';
import type { Deferred } from '../../lifecycle/deferred.ts';
import { deferred } from '../../lifecycle/deferred.ts';
import type {
  Diagnosis,
  ExitInfo,
  InstanceIdentity,
  RunningInstance,
  ServiceEndpoint,
  StopReason,
} from '../running-instance.ts';

/** A connection to a service that somebody else runs: it is never ended, only left. */
export class RemoteService implements RunningInstance {
  readonly identity: InstanceIdentity;
  readonly endpoint: ServiceEndpoint;
  readonly exited: Promise<ExitInfo>;
  readonly #leaving: Deferred<ExitInfo> = deferred();
  #requested: StopReason | undefined;
  /** Nothing but its connection tells why it is gone. */
  #failure: BulkheadError | undefined;

  constructor(generation: number, endpoint: Omit<ServiceEndpoint, 'gone' | 'dismiss' | 'closed'>) {
    this.identity = { generation, name: `service at ${endpoint.address}` };
    this.exited = this.#leaving.promise;
    const closed = (error?: Error): void => {
      if (isBulkheadError(error)) this.#failure ??= error;
      this.#leave();
    };
    this.endpoint = { ...endpoint, gone: this.exited, dismiss: () => this.#leave(), closed };
  }

  async diagnose(): Promise<Diagnosis> {
    const ending = 'ended, or closed the connection';
    const failure = this.#failure;
    return Promise.resolve({ ending, lastLines: [], hints: [], failure, closedConnection: false });
  }

  stop(reason: StopReason, _grace: number): Promise<ExitInfo> {
    this.#requested ??= reason;
    if (reason === 'kill') this.#leave();
    return this.exited;
  }

  #leave(): void {
    this.#leaving.resolve({ code: null, signal: null, requested: this.#requested });
  }
}

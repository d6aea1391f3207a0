import type { RemoteFailure } from '@bulkhead/protocol';

/** How a call ended that has no result, as a caller would be told. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed';
  /** Such as `PLUGIN_RAISED`, `INPUT_REJECTED` or `CALL_CANCELLED`. */
  readonly code: string;
  /** The class of the plugin's own error. */
  readonly type: string | undefined;
  /** What that carried in its `data`. */
  readonly data: unknown;
  /** Its stack. */
  readonly traceback: string | undefined;

  constructor({ code, message, type, data, traceback, cause }: RemoteFailure) {
    super(message, cause === undefined ? undefined : { cause: new CallFailed(cause) });
    this.code = code;
    this.type = type;
    this.data = data;
    this.traceback = traceback;
  }
}

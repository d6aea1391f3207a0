import type { HostMessage, PluginMessage } from '@bulkhead/protocol';

/** What carries frames between host and instance, seen from the host. */
export interface Transport extends AsyncDisposable {
  /** Starts delivering. Frames are pushed as they are read, many a tick. To be called once, before anything can be received. */
  open(receiver: FrameReceiver): void;
  /**
   * Queues a message; messages of one tick leave together.
   *
   * @returns its size in bytes, bodies included.
   * @throws CodecError when it can't be encoded; nothing of it is sent then.
   * @throws BulkheadError `PLUGIN_DISCONNECTED` once closed. Never hangs.
   */
  send(message: HostMessage): number;
  /** Resolves when the data channel accepts more; for those who send much. Also resolves once closed. */
  readonly writable: Promise<void>;
  /** Resolves when the transport is closed by either side; never rejects. */
  readonly closed: Promise<CloseInfo>;
  /** Whether large binary values leave the frame as raw bodies; off until the handshake agreed on it. */
  useBodies(enabled: boolean): void;
}

export interface FrameReceiver {
  message(message: PluginMessage): void;
  /** A frame was skipped because it is too large or malformed. The stream is in step, unless `fatal`. */
  refused(refusal: FrameRefusal): void;
  /** Memory for the first binary value or array of a message whose bodies are about to come; asked for before each write to it. */
  memoryFor?(message: PluginMessage): Uint8Array | undefined;
}

export interface FrameRefusal {
  readonly error: Error;
  /** Length of the frame in bytes. */
  readonly length: number;
  readonly kind: number | undefined;
  readonly id: number | undefined;
  readonly fatal: boolean;
}

export interface CloseInfo {
  /** `local`: this side closed it; `peer`: end of file or reset; `failed`: see `error`. */
  readonly by: 'local' | 'peer' | 'failed';
  readonly error?: Error;
}

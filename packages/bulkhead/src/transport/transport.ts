import type { HostMessage, PluginMessage } from '@bulkhead/protocol';

/** Carries frames between host and instance, seen from the host. */
export interface Transport extends AsyncDisposable {
  /** Starts delivering frames as they are read. Call it once, before anything can be received. */
  open(receiver: FrameReceiver): void;
  /**
   * Queues a message; messages of one tick leave together. Once the transport is closed it drops the message: `closed` tells.
   *
   * @param isFixed whether nobody changes the message's large binary values until they are written; they are copied otherwise
   * @returns the message's size in bytes, bodies included; 0 when it was dropped.
   * @throws CodecError when the message can't be encoded; nothing of it is sent then.
   */
  send(message: HostMessage, isFixed?: boolean): number;
  /** Resolves when the data channel accepts more, for senders of much. Also resolves once closed. */
  readonly writable: Promise<void>;
  /** Resolves when either side has closed the transport; never rejects. */
  readonly closed: Promise<CloseInfo>;
  /** Whether large binary values leave the frame as raw bodies; off until the handshake agreed on it. */
  useBodies(enabled: boolean): void;
  /** The plugin is ready: from now on its messages may hold as many values as the limits say. */
  greeted(): void;
  /**
   * Closes from this side: delivers nothing more, sends what is queued, and waits at most a second for a peer that doesn't
   * read.
   */
  [Symbol.asyncDispose](): Promise<void>;
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

/** The largest frames and bodies that a transport accepts and sends. */
export interface TransportLimits {
  /** Bytes of one frame. */
  readonly frame: number;
  /** Bytes of one body. */
  readonly body: number;
  /** Values that a received frame may hold; see `FrameDecoderOptions.maxValues`. */
  readonly values: number;
}

export interface CloseInfo {
  /** `local`: this side closed it; `peer`: end of file or reset; `failed`: see `error`. */
  readonly by: 'local' | 'peer' | 'failed';
  readonly error?: Error;
  /** The channel that the peer closed while it held the other open: not the end of its process. */
  readonly channel?: 'data' | 'control';
}

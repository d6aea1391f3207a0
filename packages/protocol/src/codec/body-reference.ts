import type { ArrayHeader } from './array.ts';

/** Stands in a decoded message for a value whose bytes follow the frame. */
export class BodyReference {
  readonly length: number;
  /** Set for an array, undefined for plain binary. */
  readonly header: ArrayHeader | undefined;
  /** The received bytes, at the start of an ArrayBuffer of their own; set once they are all there. */
  bytes: Uint8Array | undefined;

  constructor(length: number, header?: ArrayHeader) {
    this.length = length;
    this.header = header;
  }
}

/** Where a decoder puts the references it meets. */
export interface BodySink {
  readonly references: BodyReference[];
  readonly maxBodyBytes: number;
}

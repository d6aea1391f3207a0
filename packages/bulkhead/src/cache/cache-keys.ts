import { createHash, hash } from 'node:crypto';
import { BODY_THRESHOLD_BYTES, CodecError, FrameEncoder } from '@bulkhead/protocol';
import { canonicalOrder } from './canonical-order.ts';

/** To hash more than this would hold up the host for longer (10 ms and more) than a cache is worth. */
const LARGEST_INPUT = 16 * 1024 * 1024;

/**
 * Makes keys of inputs: two are equal exactly when the plugin would be sent the same, but for the order of keys. So what the wire
 * tells apart is told apart (−0 and 0, bytes and text, arrays of different dtype or shape), and what it does not is equal (1n and
 * 1, a key that is undefined and one that isn't there).
 */
export class CacheKeys {
  #encoder: FrameEncoder | undefined;

  /** @returns undefined where the input is too large, or can't be sent to a plugin at all */
  of(scope: string, input: unknown): string | undefined {
    const encoder = (this.#encoder ??= new FrameEncoder({ maxFrameBytes: LARGEST_INPUT }));
    let bodies: readonly Uint8Array[];
    try {
      bodies = encoder.append([0, 0, scope, canonicalOrder(input)], BODY_THRESHOLD_BYTES);
    } catch (error) {
      if (error instanceof CodecError) return undefined;
      throw error;
    }
    const frame = encoder.take();
    if (bodies.length === 0) return hash('sha256', frame, 'base64url');
    if (bodies.reduce((sum, body) => sum + body.length, 0) > LARGEST_INPUT) return undefined;
    // The frame has their lengths, so that it is known where each begins.
    const digest = createHash('sha256').update(frame);
    for (const body of bodies) digest.update(body);
    return digest.digest('base64url');
  }
}

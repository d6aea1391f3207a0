import { createHash, hash } from 'node:crypto';
import { BODY_THRESHOLD_BYTES, FrameEncoder } from '@bulkhead/protocol';
import { canonicalOrder } from './canonical-order.ts';

/** Hashing more would hold up the host for 10 ms and longer, which a cached answer is not worth. */
const LARGEST_INPUT = 16 * 1024 * 1024;

/**
 * Makes keys of inputs. Two keys are equal exactly when the plugin would receive the same, apart from the order of keys: the wire
 * distinguishes −0 and 0, bytes and text, arrays of different dtype or shape, but not 1n and 1, nor an undefined key and an absent
 * one.
 */
export class CacheKeys {
  #encoder: FrameEncoder | undefined;

  /** @returns undefined if the input is too large, or can't be sent to a plugin at all */
  of(scope: string, input: unknown): string | undefined {
    const encoder = (this.#encoder ??= new FrameEncoder({ maxFrameBytes: LARGEST_INPUT }));
    let bodies: readonly Uint8Array[];
    try {
      bodies = encoder.append([0, 0, scope, canonicalOrder(input)], BODY_THRESHOLD_BYTES);
    } catch {
      return undefined; // the codec refuses it, or a getter threw: the call itself meets that again, and says so
    }
    const frame = encoder.take();
    if (bodies.length === 0) return hash('sha256', frame, 'base64url');
    if (bodies.reduce((sum, body) => sum + body.length, 0) > LARGEST_INPUT) return undefined;
    // The frame holds the lengths of the bodies, so their bytes need no separators.
    const digest = createHash('sha256').update(frame);
    for (const body of bodies) digest.update(body);
    return digest.digest('base64url');
  }
}

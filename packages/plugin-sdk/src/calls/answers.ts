import { BodyTooLargeError, encode, FrameTooLargeError, Kind, type RemoteFailure } from '@bulkhead/protocol';
import type { DataChannel } from '../wire/data-channel.ts';
import { unencodable } from './failure.ts';

/** Results and failures on their way out. */
export class Answers {
  readonly #data: DataChannel;

  constructor(data: DataChannel) {
    this.#data = data;
  }

  /** @returns the bytes sent; 0 if the value can't be sent, and a FAILURE went instead */
  value(kind: typeof Kind.Result | typeof Kind.Chunk | typeof Kind.End, call: number, value: unknown): number {
    try {
      return this.#data.send([kind, call, value ?? null]);
    } catch (error) {
      this.failure(call, refusalOf(value, error));
      return 0;
    }
  }

  streamBegins(call: number): void {
    this.#data.send([Kind.Stream, call]);
  }

  failure(call: number, failure: RemoteFailure): void {
    this.#data.send([Kind.Failure, call, failure]);
  }
}

function refusalOf(value: unknown, error: unknown): RemoteFailure {
  const isFrame = error instanceof FrameTooLargeError;
  if (isFrame || error instanceof BodyTooLargeError) {
    const { bytes, maximum } = error;
    const limit = isFrame ? 'frame' : 'body';
    const message = `the answer's ${limit} has ${bytes} bytes${isFrame ? ' or more' : ''}, and the limit is ${maximum}`;
    return { code: 'RESULT_TOO_LARGE', message, data: { limit, bytes, maximum } };
  }
  try {
    encode(value); // once more without its message, so that the path starts at what the author knows
  } catch (better) {
    return unencodable(better);
  }
  return unencodable(error);
}

import { MAX_DEPTH } from './limits.ts';
import { formatPath, type PathStep } from './path.ts';

/** Why a value or its bytes were refused. The same words as in `plugin_sdk._codec` and in fixtures/conformance.json. */
export type CodecReason =
  // a value that can't be sent
  | 'unsupported_type'
  | 'integer_range'
  | 'too_large'
  // both directions
  | 'non_string_key'
  | 'invalid_text'
  | 'invalid_timestamp'
  | 'too_deep'
  | 'frame_too_large'
  | 'body_too_large'
  | 'not_a_message'
  // bytes that can't be read
  | 'truncated'
  | 'trailing_bytes'
  | 'duplicate_key'
  | 'reserved_byte'
  | 'unknown_extension'
  | 'invalid_array'
  | 'unexpected_body'
  // on this side only
  | 'unreadable'
  | 'too_many_values'
  | 'out_of_memory'
  | 'memory_withdrawn';

/** A value that can't be encoded, or bytes that can't be decoded. */
export class CodecError extends Error {
  override readonly name: string = 'CodecError';
  readonly reason: CodecReason;
  /** Where the offending value sits, such as `$.rows[3].name`; `$` is the whole value. */
  readonly path: string;

  /** What is wrong with it, without the path. */
  readonly detail: string;

  constructor(reason: CodecReason, path: string, message: string, detail: string = message, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
    this.path = path;
    this.detail = detail;
  }
}

/** The frame is over the limit. `bytes` is its length, or as much of it as was written when it was given up. */
export class FrameTooLargeError extends CodecError {
  override readonly name: string = 'FrameTooLargeError';
  readonly bytes: number;
  readonly maximum: number;

  constructor(bytes: number, maximum: number) {
    super(
      'frame_too_large',
      '$',
      `a frame of ${bytes} bytes or more is over the limit of ${maximum} bytes (maxFrameBytes)`,
    );
    this.bytes = bytes;
    this.maximum = maximum;
  }
}

/** One binary value that travels behind its frame is over the limit. */
export class BodyTooLargeError extends CodecError {
  override readonly name: string = 'BodyTooLargeError';
  readonly bytes: number;
  readonly maximum: number;

  constructor(path: string, bytes: number, maximum: number) {
    super(
      'body_too_large',
      path,
      `${path}: a body of ${bytes} bytes is over the limit of ${maximum} bytes (maxBodyBytes)`,
    );
    this.bytes = bytes;
    this.maximum = maximum;
  }
}

/** Decoding the frame would cost more than the limit allows. */
export class TooManyValuesError extends CodecError {
  override readonly name: string = 'TooManyValuesError';
  readonly maximum: number;

  constructor(path: string, maximum: number) {
    super('too_many_values', path, `${path}: a frame of more than ${maximum} values is over the limit (maxValues)`);
    this.maximum = maximum;
  }
}

/**
 * The error inside the codec. It gathers its path on the way out, so that valid values pay nothing for paths;
 * every public door turns it into a CodecError.
 */
export class Refusal extends Error {
  readonly reason: CodecReason;
  /** Innermost first. */
  readonly steps: PathStep[] = [];
  /** Only for `frame_too_large`, `body_too_large` and `too_many_values`. */
  readonly size: { readonly bytes: number; readonly maximum: number } | undefined;

  constructor(
    reason: CodecReason,
    detail: string,
    size?: { readonly bytes: number; readonly maximum: number },
    cause?: unknown,
  ) {
    super(detail, { cause });
    this.reason = reason;
    this.size = size;
  }
}

/** For the `catch` of a container: notes where it was and hands the same error on. */
export function passedThrough(error: unknown, step: PathStep): unknown {
  if (error instanceof Refusal) error.steps.push(step);
  return error;
}

/** For the `catch` of what reads values of others, where a getter may throw, or the trap of a Proxy. */
export function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  return new Refusal('unreadable', `what can't be read: ${wordsOf(error)}`, undefined, error);
}

/** What was thrown may be anything, also something that throws when it is looked at. */
function wordsOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? String(thrown.message) : String(thrown);
  } catch {
    return 'something that has no words was thrown';
  }
}

/** For the `catch` of a public door. What isn't ours is handed on as it is. */
export function asCodecError(error: unknown, verb: 'encode' | 'decode'): unknown {
  if (!(error instanceof Refusal)) return error;
  const path = formatPath(error.steps);
  if (error.size !== undefined) {
    if (error.reason === 'frame_too_large') return new FrameTooLargeError(error.size.bytes, error.size.maximum);
    if (error.reason === 'too_many_values') return new TooManyValuesError(path, error.size.maximum);
    return new BodyTooLargeError(path, error.size.bytes, error.size.maximum);
  }
  return new CodecError(error.reason, path, `cannot ${verb} ${path}: ${error.message}`, error.message, error.cause);
}

export function truncated(): Refusal {
  return new Refusal('truncated', 'the bytes end in the middle of a value');
}

export function tooDeep(): Refusal {
  return new Refusal('too_deep', `more than ${MAX_DEPTH} arrays and maps inside one another, or a cycle`);
}

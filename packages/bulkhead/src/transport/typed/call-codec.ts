import type { Buffer } from 'node:buffer';
import type { TypedFailure } from './contract.ts';

export interface CodedCall {
  readonly id: number;
  readonly action: string;
  readonly input: unknown;
  /** Milliseconds that the caller will wait. */
  readonly timeout: number | undefined;
  /** The places of its input streams. */
  readonly streams: readonly (string | null)[];
}

/** A call as the plugin's service takes it. */
export interface WrittenCall {
  /** Of its method. */
  readonly path: string;
  readonly bytes: Buffer;
  /** Whether the method answers with a stream. */
  readonly isStream: boolean;
}

export type Answer = { readonly result: unknown } | { readonly failure: TypedFailure };

export interface InputCodec {
  /** @throws CodecError */
  chunk(stream: number, value: unknown): Buffer;
  end(stream: number): Buffer;
}

/** How calls of actions become calls of the service that a plugin serves, whichever that is. */
export interface CallCodec {
  /** The names of all actions. */
  readonly actions: readonly string[];
  /** Codes of failures, by the name of the status, where they are others than those of any service. */
  readonly codes: Readonly<Record<string, string>>;
  /** Undefined: there is no such action. @throws CodecError */
  write(call: CodedCall): WrittenCall | undefined;
  /** @throws Error what it is not */
  read(action: string, answer: Buffer): Answer;
  /** Messages of a method that takes a stream. Undefined: there is none. */
  readonly input?: InputCodec;
  /** Asks the plugin to end a call. Undefined: only gRPC cancels it. @throws ServiceError */
  readonly cancel: ((id: number) => Promise<unknown>) | undefined;
}

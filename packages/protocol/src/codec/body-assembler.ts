import { Buffer } from 'node:buffer';
import { arrayFromElements } from './array.ts';
import { BodyReference } from './body-reference.ts';
import { CodecError } from './codec-error.ts';
import { bodyForMemory } from './given-memory.ts';

/** Answers the memory that a message's receiver gave for its first binary value; undefined when it did not, or wants it back. */
export type GivenMemory = () => Uint8Array | undefined;

/** Receives the bodies that follow a frame and puts them in their places. */
export class BodyAssembler {
  /** The message whose bodies are being received. */
  message: unknown[] = [];
  #references: readonly BodyReference[] = [];
  #index = 0;
  #target: Uint8Array | undefined;
  #filled = 0;
  #given: GivenMemory = NOT_GIVEN;
  /** The one reference whose bytes go where the receiver wants them. */
  #reserved: BodyReference | undefined;
  /** Length of the body that the system gave no memory for. */
  #tooMuch: number | undefined;

  /** Where the missing bytes of the present body belong; undefined while no body is expected. */
  get target(): Uint8Array | undefined {
    return this.#target?.subarray(this.#filled);
  }

  /** Whether `target` is the receiver's memory, which it may want back at any time. */
  get isGiven(): boolean {
    return this.#reserved !== undefined && this.#references[this.#index] === this.#reserved;
  }

  /** Whether the message can't be completed. */
  get hasFailed(): boolean {
    return this.#tooMuch !== undefined || this.#isWithdrawn;
  }

  /** Whether the receiver's memory was taken back, or transferred to somewhere else, before the message was complete. */
  get #isWithdrawn(): boolean {
    return this.#reserved !== undefined && (this.#given()?.length ?? 0) < this.#reserved.length;
  }

  /** Returns the message at once if all of its bodies are empty. */
  begin(
    message: unknown[],
    references: readonly BodyReference[],
    given: GivenMemory = NOT_GIVEN,
  ): unknown[] | undefined {
    this.message = message;
    this.#references = references;
    this.#index = 0;
    this.#given = given;
    const memory = given();
    this.#reserved = memory === undefined ? undefined : bodyForMemory(message, memory);
    this.#open();
    return this.filled(0);
  }

  /** Why the message can't be completed; it has to be abandoned then. */
  get failure(): CodecError | undefined {
    if (this.#tooMuch !== undefined)
      return new CodecError('out_of_memory', '$', `there is no memory for a body of ${this.#tooMuch} bytes`);
    if (this.#isWithdrawn)
      return new CodecError(
        'memory_withdrawn',
        '$',
        'the memory for its answer was taken away while that was being received',
      );
    return undefined;
  }

  /** Counts bytes that were written to `target`; returns the message once its last body is complete, unless there is a `failure`. */
  filled(bytes: number): unknown[] | undefined {
    this.#filled += bytes;
    if (this.hasFailed) return undefined;
    while (this.#target !== undefined && this.#filled === this.#target.length) {
      this.#references[this.#index]!.bytes = this.#target;
      this.#index++;
      this.#open();
    }
    if (this.#target !== undefined || this.#tooMuch !== undefined) return undefined;
    const { message } = this;
    this.#close();
    putInPlace(message);
    return message;
  }

  /** Gives up the message. Returns how many bytes of its bodies are still to come. */
  abandon(): number {
    const bytes = this.#references.slice(this.#index).reduce((sum, { length }) => sum + length, -this.#filled);
    this.#target = undefined;
    this.#filled = 0;
    this.#close();
    return bytes;
  }

  /** Bodies get their memory one at a time, when it is their turn: an announcement alone costs nothing. */
  #open(): void {
    const reference = this.#references[this.#index];
    this.#filled = 0;
    if (reference === undefined) this.#target = undefined;
    else if (reference === this.#reserved) this.#target = this.#given()!.subarray(0, reference.length);
    else this.#target = this.#memoryOf(reference.length);
  }

  /** Not cleared, which would take as long as receiving it: nobody sees it before each of its bytes was received. */
  #memoryOf(length: number): Uint8Array | undefined {
    try {
      return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#tooMuch = length;
      return undefined;
    }
  }

  #close(): void {
    this.message = [];
    this.#references = [];
    this.#given = NOT_GIVEN;
    this.#reserved = undefined;
    this.#tooMuch = undefined;
  }
}

const NOT_GIVEN: GivenMemory = () => undefined;

type Container = unknown[] | Record<string, unknown>;

/** Exchanges every reference in the message for the value that has arrived meanwhile. */
function putInPlace(message: unknown[]): void {
  const containers: Container[] = [message];
  for (let container = containers.pop(); container !== undefined; container = containers.pop()) {
    if (Array.isArray(container)) {
      for (let index = 0; index < container.length; index++) container[index] = arrived(container[index], containers);
    } else {
      // An own `__proto__` is an ordinary property here: the decoder defined it, so assigning finds it.
      for (const key of Object.keys(container)) container[key] = arrived(container[key], containers);
    }
  }
}

/** The value to keep; containers are noted for later. */
function arrived(value: unknown, containers: Container[]): unknown {
  if (value instanceof BodyReference) {
    const bytes = value.bytes!;
    return value.header === undefined ? bytes : arrayFromElements(value.header, bytes);
  }
  if (Array.isArray(value)) containers.push(value);
  else if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    containers.push(value as Record<string, unknown>);
  }
  return value;
}

import { arrayFromElements } from './array.ts';
import { BodyReference } from './body-reference.ts';

/** Receives the bodies that follow a frame and puts them in their places. */
export class BodyAssembler {
  #message: unknown[] = [];
  #references: readonly BodyReference[] = [];
  #index = 0;
  #target: Uint8Array | undefined;
  #filled = 0;

  /** Where the missing bytes of the present body belong; undefined while no body is expected. */
  get target(): Uint8Array | undefined {
    return this.#target?.subarray(this.#filled);
  }

  /** Returns the message at once if all of its bodies are empty. */
  begin(message: unknown[], references: readonly BodyReference[]): unknown[] | undefined {
    this.#message = message;
    this.#references = references;
    this.#index = 0;
    this.#open();
    return this.filled(0);
  }

  /** Counts bytes that were written to `target`; returns the message once its last body is complete. */
  filled(bytes: number): unknown[] | undefined {
    this.#filled += bytes;
    while (this.#target !== undefined && this.#filled === this.#target.length) {
      this.#references[this.#index]!.bytes = this.#target;
      this.#index++;
      this.#open();
    }
    if (this.#target !== undefined) return undefined;
    const message = this.#message;
    this.#message = [];
    this.#references = [];
    putInPlace(message);
    return message;
  }

  /** Bodies get their memory one at a time, when it is their turn: an announcement alone costs nothing. */
  #open(): void {
    const reference = this.#references[this.#index];
    this.#target = reference === undefined ? undefined : new Uint8Array(reference.length);
    this.#filled = 0;
  }
}

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

import { type HostMessage, Kind } from '@bulkhead/protocol';
import { unreadable } from '../lifecycle/copy-value.ts';
import type { CallReceiver } from './call-receiver.ts';
import { InputSource, isSource } from './input-source.ts';

/** The input of a call: a value that is sent with it, and the sources of the streams that follow it. */
export interface CallInput {
  /** The input, with null where each stream stands. */
  readonly value: unknown;
  readonly sources: readonly InputSource[];
  /** Whether nobody changes the value until the call has ended: it is the host's own, or the caller has lent it. */
  readonly isFixed: boolean;
}

const NONE: readonly InputSource[] = Object.freeze([]);

/** An input without streams that nobody changes any more. */
export function fixedInput(value: unknown): CallInput {
  return { value, sources: NONE, isFixed: true };
}

/**
 * Tells streams from values: the input itself may be one, or what stands at a key of it; deeper ones the codec refuses.
 *
 * @param isFixed see `CallInput`
 * @throws UncopyableError when a getter of the input throws
 */
export function callInput(data: unknown, isFixed: boolean = false): CallInput {
  if (typeof data !== 'object' || data === null) return fixedInput(data);
  const sources: InputSource[] = [];
  let place: string | undefined;
  try {
    if (isSource(data)) return { value: null, sources: [new InputSource(null, data)], isFixed: true };
    if (!isMapping(data)) return { value: data, sources: NONE, isFixed };
    let value = data;
    for (const key of Object.keys(data)) {
      place = key;
      const item = data[key];
      if (!isSource(item)) continue;
      sources.push(new InputSource(key, item));
      if (sources.length === 1) value = { ...data };
      value[key] = null;
    }
    return { value, sources: sources.length === 0 ? NONE : sources, isFixed };
  } catch (error) {
    // The streams that were found before it are the call's already.
    for (const source of sources) source.close();
    throw unreadable(error, place);
  }
}

/** Whatever realm it is from. Arrays, Maps and instances of classes have a prototype that has one itself. */
function isMapping(data: object): data is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(data);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** CALL, as short as it may be. */
export function callMessage(
  id: number,
  action: string,
  { value, sources }: CallInput,
  { timeout, trace }: Pick<CallReceiver, 'timeout' | 'trace'>,
): HostMessage {
  if (trace !== undefined)
    return [Kind.Call, id, action, value, timeout ?? null, sources.map(({ place }) => place), trace];
  if (sources.length > 0) return [Kind.Call, id, action, value, timeout ?? null, sources.map(({ place }) => place)];
  return timeout === undefined ? [Kind.Call, id, action, value] : [Kind.Call, id, action, value, timeout];
}

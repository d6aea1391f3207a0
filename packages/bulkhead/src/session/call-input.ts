import { type HostMessage, Kind } from '@bulkhead/protocol';
import { InputSource, isSource } from './input-source.ts';

/** The input of a call: a value that is sent with it, and the sources of the streams that follow it. */
export interface CallInput {
  /** The input, with null where each stream stands. */
  readonly value: unknown;
  readonly sources: readonly InputSource[];
}

const NONE: readonly InputSource[] = Object.freeze([]);

/** An input without streams. */
export function plainInput(value: unknown): CallInput {
  return { value, sources: NONE };
}

/** Tells streams from values: the input itself may be one, or what stands at a key of it; deeper ones the codec refuses. */
export function callInput(data: unknown): CallInput {
  if (typeof data !== 'object' || data === null) return plainInput(data);
  if (isSource(data)) return { value: null, sources: [new InputSource(null, data)] };
  if (!isMapping(data)) return plainInput(data);
  let value = data;
  const sources: InputSource[] = [];
  try {
    for (const key of Object.keys(data)) {
      const item = data[key];
      if (!isSource(item)) continue;
      sources.push(new InputSource(key, item));
      if (sources.length === 1) value = { ...data };
      value[key] = null;
    }
  } catch (error) {
    // A getter of the input threw. The streams that were found before it are the call's already.
    for (const source of sources) source.close();
    throw error;
  }
  return sources.length === 0 ? plainInput(data) : { value, sources };
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
  timeout: number | undefined,
): HostMessage {
  if (sources.length > 0) return [Kind.Call, id, action, value, timeout ?? null, sources.map(({ place }) => place)];
  return timeout === undefined ? [Kind.Call, id, action, value] : [Kind.Call, id, action, value, timeout];
}

import { type Channel, channelOf, Kind } from '@bulkhead/protocol';
import type { FrameReceiver } from './transport.ts';

/** Those that belong to a channel. */
const KINDS: ReadonlySet<unknown> = new Set(Object.values(Kind));

/** A message on the wrong channel is a violation: it would escape the order and the limits of its own channel. */
export function onlyOn(channel: Channel, receiver: FrameReceiver): FrameReceiver {
  return {
    message: (message) => {
      const [kind, id] = message;
      if (channelOf(kind) === channel || !KINDS.has(kind)) return receiver.message(message);
      const error = new Error(`kind ${kind} does not travel on ${channel}`);
      receiver.refused({ error, length: 0, kind, id, fatal: true });
    },
    refused: (refusal) => receiver.refused(refusal),
    memoryFor: (message) => receiver.memoryFor?.(message),
  };
}

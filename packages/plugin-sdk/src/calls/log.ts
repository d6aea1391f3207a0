import { toUSVString } from 'node:util';
import { encode, Kind } from '@bulkhead/protocol';
import type { Log, LogFields } from '../author/context.ts';
import type { ControlChannel } from '../wire/control-channel.ts';
import { stackOf } from './failure.ts';
import { LONGEST_MESSAGE, shown } from './shown.ts';

type Level = 'debug' | 'info' | 'warn' | 'error';

const LONGEST_FIELD = 8 * 1024;
/** A value that is larger is shown as text. All fields of a line together, with its message, fit into what a host reads. */
const LARGEST_FIELD_BYTES = 64 * 1024;
const LARGEST_FIELDS_BYTES = 512 * 1024;
const WIDEST_CHARACTER_BYTES = 4;

/** Writes lines of one call; of none where it is 0. */
export function logOf(control: ControlChannel, call: number): Log {
  const at =
    (level: Level) =>
    (message: unknown, fields: LogFields = {}): void =>
      control.send([Kind.Log, call, lineOf(level, message, fields)]);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function lineOf(level: Level, message: unknown, fields: LogFields): Readonly<Record<string, unknown>> {
  const isError = message instanceof Error;
  const about = isError ? message : Object.values(fields).find((value) => value instanceof Error);
  return {
    level,
    message: isError ? shown(`${message.name}: ${message.message}`) : shown(message, LONGEST_MESSAGE),
    ...(about === undefined ? {} : { traceback: stackOf(about) }),
    ...(Object.keys(fields).length === 0 ? {} : { fields: fitting(fields) }),
  };
}

/** As many fields as fit into a line, and the number of those left out. */
function fitting(fields: LogFields): Record<string, unknown> {
  const fit: Record<string, unknown> = {};
  const entries = Object.entries(fields);
  let left = LARGEST_FIELDS_BYTES;
  for (const [index, [name, value]] of entries.entries()) {
    const { sent, size } = sendable(value);
    left -= size + WIDEST_CHARACTER_BYTES * name.length;
    if (left < 0) {
      fit['fields left out'] = entries.length - index;
      break;
    }
    fit[toUSVString(name)] = sent;
  }
  return fit;
}

/** The value itself if it can be sent and is small enough, otherwise in words. */
function sendable(value: unknown): { readonly sent: unknown; readonly size: number } {
  try {
    const { length } = encode(value);
    if (length <= LARGEST_FIELD_BYTES) return { sent: value, size: length };
  } catch {
    // shown as text: a log line must not fail
  }
  const text = value instanceof Error ? `${value.name}: ${value.message}` : value;
  const sent = shown(text, LONGEST_FIELD);
  return { sent, size: WIDEST_CHARACTER_BYTES * sent.length };
}

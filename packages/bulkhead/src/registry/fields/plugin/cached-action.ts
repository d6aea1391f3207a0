import { type Amount, asWritten, type Field } from '../field.ts';
import { count } from '../../checks/scalars.ts';
import { bytes, duration, milliseconds, size } from '../forms.ts';

/** `cache.ACTION`: the defaults hold where neither registry nor action says anything. */

export const ttl: Field<'ttl', Amount, number> = {
  into: 'ttl',
  check: duration(1),
  default: '10m',
  read: milliseconds,
  description: 'How long an answer is kept.',
};

export const max_entries: Field<'maxEntries', number> = {
  into: 'maxEntries',
  check: count('a number of answers, at least 1', 1),
  default: 1000,
  read: asWritten,
  description: 'How many answers are kept.',
};

export const max_bytes: Field<'maxBytes', Amount, number> = {
  into: 'maxBytes',
  check: size(', at least 1KiB', 1024),
  default: '64MiB',
  read: bytes,
  description: "How much of the host's memory the answers may take, roughly; at least 1KiB.",
};

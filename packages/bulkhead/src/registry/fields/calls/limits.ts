import { type Amount, asWritten, type Field } from '../field.ts';
import { count } from '../../checks/scalars.ts';
import { bytes, size } from '../forms.ts';

const KIB = 1024;
const GIB = KIB ** 3;

export const frame: Field<'frame', Amount, number> = {
  into: 'frame',
  check: size(', from 1KiB to 1GiB', KIB, GIB),
  default: '64MiB',
  read: bytes,
  description: 'The largest message, not counting binary values over 64 KiB; 1KiB to 1GiB.',
};

export const body: Field<'body', Amount, number> = {
  into: 'body',
  check: size(', from 1KiB to 4GiB', KIB, 4 * GIB),
  default: '2GiB',
  read: bytes,
  description: 'The largest single binary value or array; 1KiB to 4GiB.',
};

export const values: Field<'values', number> = {
  into: 'values',
  check: count('a number of values from 1000 to 100000000', 1000, 100_000_000),
  default: 2_000_000,
  read: asWritten,
  description:
    'How many values one answer may hold. It bounds the time that the host spends on decoding one answer, during which it does nothing else: a tenth of a second or two. A number, a short text or a key counts once; a list, a mapping or a longer text 4 times, `bytes` 8, an array 32, an array or `bytes` over 64 KiB 64.',
};

import { asWritten, type Field } from '../field.ts';
import { count } from '../../checks/scalars.ts';

export const min: Field<'min', number> = {
  into: 'min',
  check: count('a number of instances from 0 (started by the first call) to 1024', 0, 1024),
  default: 0,
  read: asWritten,
  description: 'This many are started ahead, and again when they end. `0`: the first call starts one.',
};

export const max: Field<'max', number> = {
  into: 'max',
  check: count('a number of instances from 1 to 1024', 1, 1024),
  default: 1,
  read: asWritten,
  description: 'When all are busy another is started, up to this many.',
};

export const spare: Field<'spare', number> = {
  into: 'spare',
  check: count('a number of spare forks from 0 to 8', 0, 8),
  default: 0,
  read: asWritten,
  description:
    'This many forks wait, uninitialised, for the next starts (Linux, or a container); see [Spare forks](registry.md#spare-forks).',
};

import { type Amount, asWritten, type OptionalField } from '../field.ts';
import { count } from '../../checks/scalars.ts';
import { bytes, size } from '../forms.ts';

export const calls: OptionalField<'calls', number> = {
  into: 'calls',
  check: count('a number of calls, at least 1', 1),
  otherwise: 'never',
  read: asWritten,
  description: 'After this many calls.',
};

export const memory: OptionalField<'memory', Amount, number> = {
  into: 'memory',
  check: size(', at least 1MiB', 1024 ** 2),
  otherwise: 'never',
  read: bytes,
  description: 'When it holds more memory than this, such as `512MiB` (Linux).',
};

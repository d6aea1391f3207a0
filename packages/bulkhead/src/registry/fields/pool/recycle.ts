import { type Amount, asWritten, type OptionalField } from '../field.ts';
import { bytes, count, size } from '../forms.ts';

export const calls: OptionalField<'calls', number> = {
  into: 'calls',
  schema: count('a number of calls, at least 1', 1),
  otherwise: 'never',
  read: asWritten,
  description: 'After this many calls.',
};

export const memory: OptionalField<'memory', Amount, number> = {
  into: 'memory',
  schema: size(', at least 1MiB', 1024 ** 2),
  otherwise: 'never',
  read: bytes,
  description: 'When it holds more memory than this, such as `512MiB` (Linux).',
};

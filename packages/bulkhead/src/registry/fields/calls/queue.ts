import { asWritten, type Field } from '../field.ts';
import { count } from '../../checks/scalars.ts';

export const max: Field<'max', number> = {
  into: 'max',
  check: count('a number of calls from 1 to 1000000', 1, 1_000_000),
  default: 10_000,
  read: asWritten,
  description: 'This many calls may wait or be in flight at the same time. Any more are refused: `QUEUE_FULL`.',
};

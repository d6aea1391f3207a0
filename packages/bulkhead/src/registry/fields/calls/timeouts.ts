import type { Amount, Field, OptionalField } from '../field.ts';
import { duration, milliseconds } from '../forms.ts';

export const queue: OptionalField<'queue', Amount, number> = {
  into: 'queue',
  check: duration(1),
  otherwise: 'no limit',
  read: milliseconds,
  description:
    'From a call until an instance takes it. It includes building the environment, starting, and the wait for an instance that has room.',
};

export const start: Field<'start', Amount, number> = {
  into: 'start',
  check: duration(1),
  default: '60s',
  read: milliseconds,
  description: 'From the start of an instance until it is ready.',
};

export const call: Field<'call', Amount, number> = {
  into: 'call',
  check: duration(1),
  default: '5m',
  read: milliseconds,
  description:
    'From sending a call to an instance to its answer. The wait for an instance that has room does not count.',
};

export const idle: OptionalField<'idle', Amount, number> = {
  into: 'idle',
  check: duration(1),
  otherwise: 'no limit',
  read: milliseconds,
  description:
    'How long a call may show no progress, from sending it. Progress is [whatever the plugin says](writing-a-plugin.md#progress-and-time): anything that it writes, logs, reports, streams or asks of the host.',
};

export const cancel_grace: Field<'cancelGrace', Amount, number> = {
  into: 'cancelGrace',
  check: duration(0),
  default: '2s',
  read: milliseconds,
  description:
    'How long a cancelled call may go on before its instance is replaced, once no others run there that may hold it up.',
};

export const stop: Field<'stop', Amount, number> = {
  into: 'stop',
  check: duration(0),
  default: '5s',
  read: milliseconds,
  description: 'How long an instance may take to clean up before it is killed.',
};

import { type Amount, asWritten, type OptionalField } from '../field.ts';
import { count, number } from '../../checks/scalars.ts';
import { bytes, size } from '../forms.ts';

export const memory: OptionalField<'memory', Amount, number> = {
  into: 'memory',
  check: size(', at least 1MiB', 1024 ** 2),
  otherwise: '–',
  read: bytes,
  description:
    'The most memory, such as `512MiB`: of the instance as a whole, with the processes that it starts, and of each of its processes.',
};

export const pids: OptionalField<'pids', number> = {
  into: 'pids',
  check: count('a number of processes and threads, at least 1', 1),
  otherwise: '1024 of a container',
  read: asWritten,
  description: 'How many processes and threads at the same time. The SDK takes two of them.',
};

export const cpu: OptionalField<'cpu', number> = {
  into: 'cpu',
  check: number('a number of processors over 0, such as 2 or 0.5', (value) => value > 0, {
    type: 'number',
    exclusiveMinimum: 0,
  }),
  otherwise: '–',
  read: asWritten,
  description:
    'How many processors, such as `2`, or parts of one, such as `0.5`; of a process parts only where the host can make a [control group](permissions.md#limits).',
};

export const files: OptionalField<'files', number> = {
  into: 'files',
  check: count('a number of open files, at least 32', 32),
  otherwise: '–',
  read: asWritten,
  description: 'How many files and sockets each of its processes may have open.',
};

export const disk: OptionalField<'disk', Amount, number> = {
  into: 'disk',
  check: size(', at least 64KiB', 64 * 1024),
  otherwise: '–',
  read: bytes,
  description:
    'How much its scratch folder may hold, such as `256MiB`. In a container, where that is `/tmp`, and in a full [sandbox](permissions.md#full-and-floor) it is then kept in memory. A process without `permissions` has none.',
};

import { z } from 'zod';
import { type Amount, asWritten, type OptionalField } from '../field.ts';
import { bytes, count, size } from '../forms.ts';

export const memory: OptionalField<'memory', Amount, number> = {
  into: 'memory',
  schema: size(', at least 1MiB', 1024 ** 2),
  otherwise: '–',
  read: bytes,
  description: 'The most memory, such as `512MiB`: of a container as a whole, else of each process.',
};

export const pids: OptionalField<'pids', number> = {
  into: 'pids',
  schema: count('a number of processes and threads, at least 1', 1),
  otherwise: '1024 of a container',
  read: asWritten,
  description: 'How many processes and threads at the same time.',
};

export const cpu: OptionalField<'cpu', number> = {
  into: 'cpu',
  schema: z
    .number({ error: 'a number of processors such as 2 or 0.5' })
    .positive({ error: 'a number of processors over 0' }),
  otherwise: '–',
  read: asWritten,
  description: 'How many processors, such as `2`; of a container also parts of one, such as `0.5`.',
};

export const scratch: OptionalField<'scratch', Amount, number> = {
  into: 'scratch',
  schema: size(', at least 64KiB', 64 * 1024),
  otherwise: 'no limit but the disk',
  read: bytes,
  description:
    'Processes with `permissions` only: how much its scratch folder holds, such as `256MiB`. It is then kept in memory, not on disk.',
};

export const files: OptionalField<'files', number> = {
  into: 'files',
  schema: count('a number of open files, at least 32', 32),
  otherwise: '–',
  read: asWritten,
  description: 'How many files and sockets each of its processes may have open.',
};

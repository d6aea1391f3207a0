import { z } from 'zod';
import { asWritten, type Field } from '../field.ts';
import { text } from '../forms.ts';

const paths = z.array(text('the path of a file or folder', /^[^\0]+$/), {
  error: 'a list of paths such as [./data]',
});

export const network: Field<'network', boolean> = {
  into: 'network',
  schema: z.boolean({ error: 'true or false' }),
  default: false,
  read: asWritten,
  description:
    'Whether it reaches a network: all that this machine reaches, and services of the machine itself (more on [processes](permissions.md#network) and [containers](containers.md#network)).',
};

export const read: Field<'read', readonly string[]> = {
  into: 'read',
  schema: paths,
  default: [],
  read: asWritten,
  description:
    'Files and folders of this machine that it may read, relative to this file, besides its own folder, its environment and the libraries of the system. A container sees them under the same path.',
};

export const write: Field<'write', readonly string[]> = {
  into: 'write',
  schema: paths,
  default: [],
  read: asWritten,
  description:
    'The same, and it may write to them, too. Besides these it writes to its scratch folder only, in a container `/tmp`, which goes with the instance.',
};

export const env: Field<'env', readonly string[]> = {
  into: 'env',
  schema: z.array(
    text('the name of an environment variable, or the beginning of names such as LC_*', /^[A-Za-z_][A-Za-z0-9_]*\*?$/),
    { error: 'a list of environment variables such as [LANG, LC_*]' },
  ),
  default: [],
  read: asWritten,
  description:
    'Processes only: variables of the host that it sees. No others do, not even [those that always pass](variables.md), unless `env_from_host` names them.',
};

export const processes: Field<'processes', boolean> = {
  into: 'processes',
  schema: z.boolean({ error: 'true or false' }),
  default: false,
  read: asWritten,
  description:
    'Processes only: whether it may start programs and processes, under the same permissions. In a container it may.',
};

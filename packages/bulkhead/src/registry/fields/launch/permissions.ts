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
    'Whether it reaches a network. With `true` that is all that this machine reaches, [services of the machine itself](containers.md#network) included.',
};

export const read: Field<'read', readonly string[]> = {
  into: 'read',
  schema: paths,
  default: [],
  read: asWritten,
  description:
    'Files and folders of this machine that it may read, relative to this file. It sees them under the same path.',
};

export const write: Field<'write', readonly string[]> = {
  into: 'write',
  schema: paths,
  default: [],
  read: asWritten,
  description:
    'The same, and it may write to them. Besides these it writes to `/tmp` only, which goes with the instance.',
};

import { BulkheadError } from '../../../errors/bulkhead-error.ts';
import { asWritten, type Field } from '../field.ts';
import { text, trueOrFalse } from '../../checks/scalars.ts';
import { eitherOf, listOf } from '../../checks/structures.ts';
import { type HostRule, readHostRule } from './host-rule.ts';

const paths = listOf(text('the path of a file or folder', /^[^\0]+$/), 'a list of paths such as [./data]');

const A_HOST = 'a host such as api.example.com, *.example.com:443 or 10.0.0.5:8000,8001';
const A_NETWORK = 'true, false or a list of hosts such as [api.example.com:443]';

const hosts = listOf(
  text(A_HOST, /^\S+$/, { longest: 300, accepts: (written) => readHostRule(written) !== undefined }),
  'a list of hosts such as [api.example.com:443]',
);

export const network: Field<'network', boolean | readonly string[], boolean | readonly HostRule[]> = {
  into: 'network',
  check: eitherOf([trueOrFalse(A_NETWORK), hosts], A_NETWORK),
  default: false,
  read: (written) => (typeof written === 'boolean' ? written : written.map(asHostRule)),
  description:
    'Whether it reaches a network: all that this machine reaches, and services of the machine itself (more on [processes](permissions.md#network) and [containers](containers.md#network)). Of a process also a [list of hosts](permissions.md#a-list-of-hosts), by name and port.',
};

export const read: Field<'read', readonly string[]> = {
  into: 'read',
  check: paths,
  default: [],
  read: asWritten,
  description:
    'Files and folders of this machine that it may read, relative to this file, besides its own folder, its environment and the libraries of the system. A container sees them under the same path.',
};

export const write: Field<'write', readonly string[]> = {
  into: 'write',
  check: paths,
  default: [],
  read: asWritten,
  description:
    'The same, and it may write to them, too. Besides these it writes to its scratch folder only, in a container `/tmp`, which goes with the instance.',
};

export const env: Field<'env', readonly string[]> = {
  into: 'env',
  check: listOf(
    text('the name of an environment variable, or the beginning of names such as LC_*', /^[A-Za-z_][A-Za-z0-9_]*\*?$/),
    'a list of environment variables such as [LANG, LC_*]',
  ),
  default: [],
  read: asWritten,
  description:
    'Processes only: variables of the host that it sees. No others do, not even [those that always pass](variables.md), unless `env_from_host` names them.',
};

export const processes: Field<'processes', boolean> = {
  into: 'processes',
  check: trueOrFalse(),
  default: false,
  read: asWritten,
  description:
    'Processes only: whether it may start programs and processes, under the same permissions. In a container it may.',
};

function asHostRule(written: string): HostRule {
  const rule = readHostRule(written);
  if (rule === undefined)
    throw new BulkheadError('INTERNAL', { reason: `"${written}" got past the registry's schema` });
  return rule;
}

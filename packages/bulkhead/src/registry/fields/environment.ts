import { LONGEST_REQUIREMENT } from '../../requirements/limits.ts';
import { REQUIREMENT_PATTERN } from '../../requirements/requirement-pattern.ts';
import { oneOf, text, trueOrFalse } from '../checks/scalars.ts';
import { listOf } from '../checks/structures.ts';
import { asWritten, type Field, type InBoth, type OptionalField } from './field.ts';
import { name } from './forms.ts';

/** Which packages the plugin has, and what installs them: `spec.environment`. */

export const environment: Field<'kind', 'uv' | 'venv' | 'node'> = {
  into: 'kind',
  check: oneOf(['uv', 'venv', 'node'], 'uv, venv or node'),
  default: 'uv',
  read: asWritten,
  description:
    'What installs the packages: `uv`; `venv` (Python\'s own, with pip); or `node`, which is npm, and the default of a plugin whose `package.json` has [`"bulkhead"`](writing-a-plugin.md#the-manifest). In a container they are those of the [image](containers.md#images): this field and those for packages are refused there.',
};

export const python_version: OptionalField<'python', string> & InBoth = {
  into: 'python',
  check: text('a Python version such as "3.11" or "3.11.7", at least 3.9', /^3\.(9|[1-9][0-9])(\.[0-9]{1,3})?$/),
  where: 'both',
  otherwise: "what the plugin's `requires-python` allows",
  read: asWritten,
  description: 'Such as `"3.11"`, **in quotes**: without them YAML reads 3.10 as 3.1.',
};

/** Of an extra or a group. */
const LONGEST_NAME = 128;

const A_REQUIREMENT = 'a requirement such as "numpy>=1.24" (PEP 508)';

export const dependencies: Field<'dependencies', readonly string[]> = {
  into: 'dependencies',
  check: listOf(
    text(A_REQUIREMENT, REQUIREMENT_PATTERN, { longest: LONGEST_REQUIREMENT }),
    'a list of requirements such as ["numpy>=1.24"]',
  ),
  default: [],
  read: asWritten,
  description: 'Requirements (PEP 508), added to [those of the plugin](environments.md#what-goes-into-one).',
};

const A_NAME = 'a name such as "cpu": letters, digits, "-", "_" and "."';
const names = listOf(
  text(A_NAME, /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/, { longest: LONGEST_NAME }),
  'a list of names such as [cpu]',
);

export const extras: Field<'extras', readonly string[]> = {
  into: 'extras',
  check: names,
  default: [],
  read: asWritten,
  description: "Extras of the plugin's `pyproject.toml` (`[project.optional-dependencies]`) that it is to have.",
};

export const groups: Field<'groups', readonly string[]> = {
  into: 'groups',
  check: names,
  default: [],
  read: asWritten,
  description: 'The same for its `[dependency-groups]`, of which it has none by itself, not even `dev`.',
};

const A_DAY = 'a day such as 2023-06-01, or an instant such as 2023-06-01T12:00:00Z';
const DAY_PATTERN =
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2}))?$/;

export const as_of: OptionalField<'asOf', string> = {
  into: 'asOf',
  check: text(A_DAY, DAY_PATTERN, { accepts: isRealDay }),
  otherwise: 'today',
  read: asWritten,
  description: 'Packages are resolved as they were on that day: `2023-06-01`, or an instant with its offset.',
};

/** A group whose members are not known yet: they are when all entries have been read. */
interface SharingGroup {
  readonly name: string;
  readonly members: readonly never[];
}

export const share: OptionalField<'share', string, SharingGroup> = {
  into: 'share',
  check: name,
  otherwise: 'none',
  read: (group) => ({ name: group, members: [] }),
  description:
    'Plugins with the same name here [share one environment](conflicts.md#the-fewest-environments), made for all that they ask for. Not with `isolation: docker`.',
};

export const trial_import: Field<'trialImport', boolean> = {
  into: 'trialImport',
  check: trueOrFalse(),
  default: true,
  read: asWritten,
  description: 'Whether a build ends by importing what was installed, to prove that it can be imported.',
};

function isRealDay(written: string): boolean {
  const day = written.slice(0, 10);
  const parsed = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(day) && !Number.isNaN(Date.parse(written));
}

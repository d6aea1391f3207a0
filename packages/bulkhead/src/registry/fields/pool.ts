import { count, oneOf } from '../checks/scalars.ts';
import { eitherOf, withRule } from '../checks/structures.ts';
import {
  type Amount,
  asWritten,
  type Field,
  type InBoth,
  type InRegistry,
  type InSpec,
  type OptionalField,
} from './field.ts';
import { duration, milliseconds } from './forms.ts';
import { mappingOf } from './mapping.ts';
import { mergeFields } from './merge-fields.ts';
import * as instanceFields from './pool/instances.ts';
import * as recycleFields from './pool/recycle.ts';

/** How many instances there are, and when one is replaced: `spec.pool`. */

type Range = InRegistry<typeof instanceFields>;

const INSTANCES = 'a number of instances from 1 to 1024, or a mapping such as { min: 1, max: 4 }';

export const instances: Field<'instances', number | Range, InSpec<typeof instanceFields>> & InBoth = {
  into: 'instances',
  check: eitherOf(
    [
      count(INSTANCES, 1, 1024),
      withRule(
        mappingOf(instanceFields, INSTANCES),
        ({ min = 0, max }) => max === undefined || min <= max,
        'a max that is at least min',
      ),
    ],
    INSTANCES,
  ),
  where: 'both',
  default: {},
  merge: rangeOf,
  read: (written) => mergeFields(instanceFields, asRange(written)),
  parts: instanceFields,
  description: 'A number of instances, both `min` and `max`, or a mapping with these.',
};

/** What the registry leaves open is the manifest's, but never a `min` over its `max`. */
function rangeOf(registry: number | Range | undefined, manifest: number | Range | undefined): Range {
  const first = asRange(registry);
  const second = asRange(manifest);
  const max = first.max ?? Math.max(first.min ?? 0, second.max ?? second.min ?? instanceFields.max.default);
  const min = first.min ?? Math.min(second.min ?? instanceFields.min.default, max);
  return { min, max, spare: first.spare ?? second.spare };
}

/** A bare number is both. */
function asRange(written: number | Range | undefined): Range {
  return typeof written === 'number' ? { min: written, max: written } : (written ?? {});
}

export const idle_unload: OptionalField<'idleUnload', Amount, number> = {
  into: 'idleUnload',
  check: duration(1),
  otherwise: 'never',
  read: milliseconds,
  description: 'An instance above `instances.min` is stopped after this long without a call, such as `10m`.',
};

export const recycle: Field<'recycle', InRegistry<typeof recycleFields>, InSpec<typeof recycleFields>> = {
  into: 'recycle',
  check: mappingOf(recycleFields, 'a mapping such as { calls: 10000, memory: 512MiB }'),
  default: {},
  read: (written) => mergeFields(recycleFields, written),
  parts: recycleFields,
  description: 'When an instance is replaced by a fresh one.',
};

export const reload: Field<'reload', 'side_by_side' | 'stop_first'> = {
  into: 'reload',
  check: oneOf(['side_by_side', 'stop_first'], 'side_by_side or stop_first'),
  default: 'side_by_side',
  read: asWritten,
  description:
    'Whether a [reload](reloading.md) or a recycling starts the new instances beside the old ones, or, with `stop_first`, only when those have gone. With `binds` always the latter.',
};

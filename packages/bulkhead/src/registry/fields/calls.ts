import { count } from '../checks/scalars.ts';
import { listOf } from '../checks/structures.ts';
import { type Field, asWritten, type InBoth, type InRegistry, type InSpec, laidOver } from './field.ts';
import { name } from './forms.ts';
import * as limitFields from './calls/limits.ts';
import * as queueFields from './calls/queue.ts';
import * as timeoutFields from './calls/timeouts.ts';
import { mappingOf } from './mapping.ts';
import { mergeFields } from './merge-fields.ts';

/** What bounds a call, and what a call may do: `spec.calls`. */

export const concurrency: Field<'concurrency', number> & InBoth = {
  into: 'concurrency',
  check: count('a number of calls from 1 to 256', 1, 256),
  where: 'both',
  default: 1,
  read: asWritten,
  description:
    'How many calls one instance runs at the same time, 1 to 256. Only for a plugin that is [written for it](writing-a-plugin.md#several-calls-at-once).',
};

export const limits: Field<'limits', InRegistry<typeof limitFields>, InSpec<typeof limitFields>> = {
  into: 'limits',
  check: mappingOf(limitFields, 'a mapping such as { body: 4GiB }'),
  default: {},
  read: (written) => mergeFields(limitFields, written),
  parts: limitFields,
  description: 'The most that may cross between host and plugin at once.',
};

export const may_call: Field<'mayCall', readonly string[]> = {
  into: 'mayCall',
  check: listOf(name, "a list of plugins' ids such as [text_tools]"),
  default: [],
  read: asWritten,
  description: 'Ids of the plugins that it may call, with [`context.call`](writing-a-plugin.md#calling-other-plugins).',
};

export const queue: Field<'queue', InRegistry<typeof queueFields>, InSpec<typeof queueFields>> = {
  into: 'queue',
  check: mappingOf(queueFields, 'a mapping such as { max: 1000 }'),
  default: {},
  read: (written) => mergeFields(queueFields, written),
  parts: queueFields,
  description: 'How many calls may wait.',
};

export const timeouts: Field<'timeouts', InRegistry<typeof timeoutFields>, InSpec<typeof timeoutFields>> & InBoth = {
  into: 'timeouts',
  check: mappingOf(timeoutFields, 'a mapping such as { call: 30s }'),
  where: 'both',
  default: {},
  merge: laidOver,
  read: (written) => mergeFields(timeoutFields, written),
  parts: timeoutFields,
  description: 'How long each step may take.',
};

import { anyText, anything, exactly, text, trueOrFalse } from '../checks/scalars.ts';
import { eitherOf, listOf, recordOf } from '../checks/structures.ts';
import {
  asWritten,
  type Field,
  type InBoth,
  type InRegistry,
  type InSpec,
  laidOver,
  type RequiredField,
} from './field.ts';
import { name } from './forms.ts';
import { mappingOf } from './mapping.ts';
import { readFields } from './merge-fields.ts';
import * as cachedAction from './plugin/cached-action.ts';

/** Fields of the plugin as such: they stand at the top of its spec. */

export const id: RequiredField<string> & InBoth = {
  required: true,
  check: name,
  where: 'both',
  description:
    'What calls name the plugin by: lower-case letters, digits, `_` and `-`, beginning with a letter, at most 64. Each once.',
};

export const path: RequiredField<string> = {
  required: true,
  check: text('the path of a folder', /^[^\0]+$/),
  description: "The plugin's folder, relative to this file. `~` is your home folder.",
};

export const enabled: Field<'enabled', boolean> = {
  into: 'enabled',
  check: trueOrFalse(),
  default: true,
  read: asWritten,
  description:
    '`false`: the plugin is left out, as if it had no folder; calls fail with `PLUGIN_DISABLED`. `bulkhead disable ID` writes it, and `bulkhead enable ID` takes it back.',
};

export const config: Field<'configuration', Readonly<Record<string, unknown>>> & InBoth = {
  into: 'configuration',
  check: recordOf(anyText, anything, 'a mapping'),
  where: 'both',
  default: {},
  merge: laidOver,
  read: asWritten,
  description:
    "Any mapping; the plugin's `initialize` gets it. The registry's is laid over the manifest's, key by key; in its text `${env:NAME}` is [replaced](registry.md#secrets).",
};

export const hooks: Field<'hooks', readonly string[]> & InBoth = {
  into: 'hooks',
  check: listOf(
    text('the name of an event, without spaces and at most 128 long', /^[^\s]{1,128}$/),
    'a list of names of events such as [pre_process]',
  ),
  where: 'both',
  default: [],
  read: (events) => [...new Set(events)],
  description: 'The events that its [hooks](hooks.md#hooks-of-plugins) take part in, such as `[pre_process]`.',
};

type WrittenCache = false | Readonly<Record<string, false | InRegistry<typeof cachedAction>>>;
type Cache = false | Readonly<Record<string, false | Partial<InSpec<typeof cachedAction>>>>;

const CACHE = 'false, or a mapping of actions such as { keywords: { ttl: 10m } }';
const CACHE_OF_ACTION = 'false, or a mapping such as { ttl: 10m, max_entries: 500, max_bytes: 64MiB }';

export const cache: Field<'cache', WrittenCache, Cache> = {
  into: 'cache',
  check: eitherOf(
    [
      exactly(false, CACHE),
      recordOf(
        text('the name of an action', /^[^\0]+$/),
        eitherOf([exactly(false, CACHE_OF_ACTION), mappingOf(cachedAction, CACHE_OF_ACTION)], CACHE_OF_ACTION),
        CACHE,
      ),
    ],
    CACHE,
  ),
  default: {},
  read: (written) =>
    written === false
      ? false
      : Object.fromEntries(
          Object.entries(written).map(([action, settings]) => [
            action,
            settings === false ? false : readFields(cachedAction, settings),
          ]),
        ),
  parts: cachedAction,
  partsOf: 'ACTION',
  description:
    'How answers of its [pure actions](cache.md) are kept, action by action; `false`: none is. What is left out is as the action says, else as below. Only the plugin can call an action pure: settings of any other action have no effect but a warning.',
};

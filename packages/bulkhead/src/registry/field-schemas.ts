import { z } from 'zod';
import { DURATION_FORM, DURATION_PATTERN, parseDuration } from '../lifecycle/duration.ts';
import { parseSize, SIZE_FORM, SIZE_PATTERN } from '../lifecycle/size.ts';
import { DEFAULTS } from './defaults.ts';

/**
 * Schemas of the fields that registry and manifest share. The `error` of each says what is expected, to follow the word
 * "expected" in a message (explain-issues.ts). Nothing is converted: one definition also gives the JSON Schema.
 */

/** As the file has it; numbers are seconds, or bytes. */
export type Written = string | number;

export interface WrittenTimeouts {
  readonly queue?: Written | undefined;
  readonly idle?: Written | undefined;
  readonly start?: Written | undefined;
  readonly call?: Written | undefined;
  readonly cancel_grace?: Written | undefined;
  readonly stop?: Written | undefined;
}

export type WrittenInstances =
  | number
  | { readonly min?: number | undefined; readonly max?: number | undefined; readonly spare?: number | undefined };

export interface WrittenCacheSettings {
  readonly ttl?: Written | undefined;
  readonly max_entries?: number | undefined;
  readonly max_bytes?: Written | undefined;
}

export type WrittenCache = false | Readonly<Record<string, WrittenCacheSettings | false>>;

const MOST_INSTANCES = 1024;

export function text(expected: string, pattern: RegExp): z.ZodString {
  return z.string({ error: expected }).regex(pattern, { error: expected });
}

export function mapping<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  what: string,
): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, { error: (issue) => (issue.code === 'invalid_type' ? what : undefined) });
}

function amount(expected: string, pattern: RegExp, accepts: (value: Written) => boolean): z.ZodType<Written> {
  const number = z.number({ error: expected }).nonnegative({ error: expected });
  return z.union([number, text(expected, pattern)], { error: expected }).refine(accepts, { error: expected });
}

function duration(description: string, fallback: string | undefined, least: number): z.ZodType<Written | undefined> {
  const expected = least > 0 ? `${DURATION_FORM}, over 0 and under 25 days` : `${DURATION_FORM}, under 25 days`;
  return amount(expected, DURATION_PATTERN, (value) => (parseDuration(value) ?? -1) >= least)
    .optional()
    .meta(fallback === undefined ? { description } : { description, default: fallback });
}

export function size(bounds: string, least: number, most: number): z.ZodType<Written> {
  return amount(`${SIZE_FORM}${bounds}`, SIZE_PATTERN, (value) => {
    const bytes = parseSize(value);
    return bytes !== undefined && bytes >= least && bytes <= most;
  });
}

export const pluginId: z.ZodType<string> = text(
  'a name of lower-case letters, digits, "_" and "-" that begins with a letter, at most 64 long',
  /^[a-z][a-z0-9_-]{0,63}$/,
);

export const pythonVersion: z.ZodType<string> = text(
  'a Python version such as "3.11" or "3.11.7", at least 3.9',
  /^3\.(9|[1-9][0-9])(\.[0-9]{1,3})?$/,
);

export const configuration: z.ZodType<Record<string, unknown>> = z.record(z.string(), z.unknown(), {
  error: 'a mapping',
});

const { timeouts: TIMEOUTS } = DEFAULTS;

export const timeouts: z.ZodType<WrittenTimeouts> = mapping(
  {
    queue: duration('From a call until an instance takes it. No limit unless given.', undefined, 1),
    start: duration('From the start of an instance until it is ready.', TIMEOUTS.start, 1),
    call: duration(
      'From sending a call to an instance to its answer; not the wait for an instance that has room for it.',
      TIMEOUTS.call,
      1,
    ),
    idle: duration(
      'How long a call may show no progress: no answer, chunk, report or log line. No limit unless given.',
      undefined,
      1,
    ),
    cancel_grace: duration(
      'How long a cancelled call may go on before its instance is replaced, unless an older call runs there.',
      TIMEOUTS.cancel_grace,
      0,
    ),
    stop: duration('How long an instance may take to clean up before it is ended.', TIMEOUTS.stop, 0),
  },
  'a mapping such as { call: 30s }',
);

function count(expected: string, least: number, most: number): z.ZodNumber {
  return z.int({ error: expected }).min(least, { error: expected }).max(most, { error: expected });
}

const MOST_SPARES = 8;

const INSTANCES = 'a number of instances from 1 to 1024, or a mapping such as { min: 1, max: 4 }';

const instanceRange = mapping(
  {
    min: count('a number of instances from 0 (started by the first call) to 1024', 0, MOST_INSTANCES)
      .optional()
      .meta({ description: 'Started ahead, and again when they fail.', default: DEFAULTS.instances.min }),
    max: count('a number of instances from 1 to 1024', 1, MOST_INSTANCES)
      .optional()
      .meta({ description: 'Started when all others are busy.', default: DEFAULTS.instances.max }),
    spare: count(`a number of spare forks from 0 to ${MOST_SPARES}`, 0, MOST_SPARES)
      .optional()
      .meta({ description: 'Forked ahead, for the next starts (Linux).', default: DEFAULTS.instances.spare }),
  },
  INSTANCES,
).refine(({ min = 0, max }) => max === undefined || min <= max, { error: 'a max that is at least min' });

export const instances: z.ZodType<WrittenInstances> = z.union([count(INSTANCES, 1, MOST_INSTANCES), instanceRange], {
  error: INSTANCES,
});

export const concurrency: z.ZodType<number> = count('a number of calls from 1 to 256', 1, 256);

export const hooks: z.ZodType<readonly string[]> = z.array(
  text('the name of an event, without spaces and at most 128 long', /^[^\s]{1,128}$/),
  { error: 'a list of names of events such as [pre_process]' },
);

export const queue: z.ZodType<{ readonly max?: number | undefined }> = mapping(
  {
    max: count('a number of calls from 1 to 1000000', 1, 1_000_000).optional().meta({
      description: 'Calls that may wait or be in flight at the same time; more are refused.',
      default: DEFAULTS.queue.max,
    }),
  },
  'a mapping such as { max: 1000 }',
);

export const idleUnload: z.ZodType<Written> = amount(
  `${DURATION_FORM}, over 0 and under 25 days`,
  DURATION_PATTERN,
  (value) => (parseDuration(value) ?? -1) >= 1,
);

export const recycle: z.ZodType<{ readonly calls?: number | undefined; readonly memory?: Written | undefined }> =
  mapping(
    {
      calls: count('a number of calls, at least 1', 1, Number.MAX_SAFE_INTEGER)
        .optional()
        .meta({ description: 'Replaced after so many calls.' }),
      memory: size(', at least 1MiB', 1024 ** 2, Number.MAX_SAFE_INTEGER)
        .optional()
        .meta({ description: 'Replaced when its process holds more memory than this (Linux).' }),
    },
    'a mapping such as { calls: 10000, memory: 512MiB }',
  );

const CACHE = 'false, or a mapping of actions such as { keywords: { ttl: 10m } }';
const CACHE_OF_ACTION = 'false, or a mapping such as { ttl: 10m, max_entries: 500, max_bytes: 64MiB }';

const cacheSettings = mapping(
  {
    ttl: duration('How long an answer is kept. What the action says, or this.', DEFAULTS.cache.ttl, 1),
    max_entries: count('a number of answers, at least 1', 1, Number.MAX_SAFE_INTEGER)
      .optional()
      .meta({ description: 'At most so many are kept.', default: DEFAULTS.cache.max_entries }),
    max_bytes: size(', at least 1KiB', 1024, Number.MAX_SAFE_INTEGER)
      .optional()
      .meta({ description: 'Of memory, about, at most.', default: DEFAULTS.cache.max_bytes }),
  },
  CACHE_OF_ACTION,
);

export const cache: z.ZodType<WrittenCache> = z.union(
  [
    z.literal(false, { error: CACHE }),
    z.record(
      text('the name of an action', /^[^\0]+$/),
      z.union([z.literal(false, { error: CACHE_OF_ACTION }), cacheSettings], { error: CACHE_OF_ACTION }),
      { error: CACHE },
    ),
  ],
  { error: CACHE },
);

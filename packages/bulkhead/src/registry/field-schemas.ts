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
  readonly start?: Written | undefined;
  readonly call?: Written | undefined;
  readonly cancel_grace?: Written | undefined;
  readonly stop?: Written | undefined;
}

export interface WrittenInstances {
  readonly min?: 0 | 1 | undefined;
}

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

function duration(description: string, fallback: string, least: number): z.ZodType<Written | undefined> {
  const expected = least > 0 ? `${DURATION_FORM}, over 0 and under 25 days` : `${DURATION_FORM}, under 25 days`;
  return amount(expected, DURATION_PATTERN, (value) => (parseDuration(value) ?? -1) >= least)
    .optional()
    .meta({ description, default: fallback });
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
    start: duration('From the start of an instance until it is ready.', TIMEOUTS.start, 1),
    call: duration(
      'From a call to its answer, waiting in the queue included, building the environment not.',
      TIMEOUTS.call,
      1,
    ),
    cancel_grace: duration(
      'How long a cancelled call may go on before its instance is replaced.',
      TIMEOUTS.cancel_grace,
      0,
    ),
    stop: duration('How long an instance may take to clean up before it is ended.', TIMEOUTS.stop, 0),
  },
  'a mapping such as { call: 30s }',
);

export const instances: z.ZodType<WrittenInstances> = mapping(
  {
    min: z.literal([0, 1], { error: '0 (started by the first call) or 1 (started ahead)' }).optional().meta({
      description: '0: started by the first call. 1: started ahead, and again when it fails.',
      default: DEFAULTS.instances.min,
    }),
  },
  'a mapping such as { min: 1 }',
);

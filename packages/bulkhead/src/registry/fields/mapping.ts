import { z } from 'zod';
import type { AnyField, Check, Fields, InManifest, InRegistry } from './field.ts';

/** A mapping whose keys are known; `expected` is the message for anything else. */
export function strictMapping<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  expected: string,
): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, { error: (issue) => (issue.code === 'invalid_type' ? expected : undefined) });
}

/** The schema of a mapping in a registry file that has these fields. */
export function mappingOf<All extends Fields>(fields: All, expected: string): z.ZodType<InRegistry<All>> {
  const shape = shapeOf(fields, ({ where }) => where !== 'manifest');
  return strictMapping(shape, expected) as unknown as z.ZodType<InRegistry<All>>;
}

/** The schema of a manifest that has those of these fields that it may have. */
export function manifestOf<All extends Fields>(fields: All, expected: string): z.ZodType<InManifest<All>> {
  const shape = shapeOf(fields, ({ where }) => where !== undefined);
  return strictMapping(shape, expected).partial() as unknown as z.ZodType<InManifest<All>>;
}

function shapeOf(fields: Fields, isIn: (field: AnyField) => boolean): Record<string, z.ZodType> {
  const chosen = inOrder(fields).filter(([, field]) => isIn(field));
  return Object.fromEntries(chosen.map(([name, field]) => [name, described(field)]));
}

/** Modules list their exports in no order that a reader knows: here required fields come first, then the alphabet decides. */
export function inOrder(fields: Fields): readonly (readonly [name: string, field: AnyField])[] {
  const sorted = Object.entries(fields).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return [...sorted.filter(([, { required }]) => required), ...sorted.filter(([, { required }]) => !required)];
}

/** The zod schema that a field's check is. */
export function schemaOf<InFile>({ schema }: { readonly schema: Check<InFile> }): z.ZodType<InFile> {
  return schema as z.ZodType<InFile>;
}

function described(field: AnyField): z.ZodType {
  const { description, default: fallback, required, parts } = field;
  const check = schemaOf(field);
  const meta = { description: withoutLinks(description) };
  if (required) return check.meta(meta);
  return check.optional().meta(fallback === undefined || parts !== undefined ? meta : { ...meta, default: fallback });
}

/** Editors show text. */
function withoutLinks(markdown: string): string {
  return markdown.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1').replaceAll('**', '');
}

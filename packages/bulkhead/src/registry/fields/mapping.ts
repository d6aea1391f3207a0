import type { Check, JsonSchema } from '../checks/check.ts';
import { mappingWith, type Member } from '../checks/structures.ts';
import type { AnyField, Fields, InManifest, InRegistry } from './field.ts';

/** A mapping in a registry file that has these fields; `expected` is the message for anything else. */
export function mappingOf<All extends Fields>(fields: All, expected: string): Check<InRegistry<All>> {
  const members = membersOf(fields, ({ where }) => where !== 'manifest');
  return mappingWith(members, expected);
}

/** A manifest that has those of these fields that it may have; none has to be there. */
export function manifestOf<All extends Fields>(fields: All, expected: string): Check<InManifest<All>> {
  const members = membersOf(fields, ({ where }) => where !== undefined);
  const optional = Object.entries(members).map(([name, member]) => [name, { ...member, required: false }]);
  return mappingWith(Object.fromEntries(optional) as Record<string, Member>, expected);
}

function membersOf(fields: Fields, isIn: (field: AnyField) => boolean): Record<string, Member> {
  const chosen = inOrder(fields).filter(([, field]) => isIn(field));
  return Object.fromEntries(
    chosen.map(([name, field]) => [
      name,
      { check: field.check, required: field.required === true, about: () => aboutOf(field) },
    ]),
  );
}

/** Modules list their exports in no order that a reader knows: here required fields come first, then the alphabet decides. */
export function inOrder(fields: Fields): readonly (readonly [name: string, field: AnyField])[] {
  const sorted = Object.entries(fields).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return [...sorted.filter(([, { required }]) => required), ...sorted.filter(([, { required }]) => !required)];
}

function aboutOf({ description, default: fallback, parts }: AnyField): JsonSchema {
  const about = { description: withoutLinks(description) };
  return fallback === undefined || parts !== undefined ? about : { ...about, default: fallback };
}

/** Editors show text. */
function withoutLinks(markdown: string): string {
  return markdown.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1').replaceAll('**', '');
}

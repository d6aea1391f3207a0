import { describe, expect, it } from 'vitest';
import type { AnyField, Fields } from '../../src/registry/fields/field.ts';
import { fieldGroups, pluginFields } from '../../src/registry/fields/groups.ts';

const groups: readonly (readonly [string, Fields])[] = Object.entries(fieldGroups);

/** Parts of mappings by their path. */
function all(fields: Fields, prefix = ''): (readonly [string, AnyField])[] {
  return Object.entries(fields).flatMap(([name, field]) => [
    [`${prefix}${name}`, field] as const,
    ...all(field.parts ?? {}, `${prefix}${name}.`),
  ]);
}

describe.each(all(pluginFields))('the field %s', (_name, field) => {
  it('has a default that could be written, or words for having none', () => {
    if (field.required) return;
    if (field.default === undefined) expect(field.otherwise).toMatch(/./);
    else expect(field.check.problems(field.default, [])).toEqual([]);
  });

  it('is described in sentences', () => {
    expect(field.description).toMatch(/^(?:[A-Z`]|--).*\.$/);
  });
});

it('no two groups have a field of the same name', () => {
  const names = groups.flatMap(([, fields]) => Object.keys(fields));
  expect(new Set(names).size).toBe(names.length);
});

it.each(groups)('no two fields of the group %s have the same name in the spec', (_group, fields) => {
  const names = Object.values(fields).flatMap(({ into }) => into ?? []);
  expect(new Set(names).size).toBe(names.length);
});

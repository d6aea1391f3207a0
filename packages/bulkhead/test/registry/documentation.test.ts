import { expect, it } from 'vitest';
import * as passed from '../../src/lifecycle/passed-variables.ts';
import { fieldGroups, pluginFields } from '../../src/registry/fields/groups.ts';
import { inOrder } from '../../src/registry/fields/mapping.ts';
import { textOf } from '../documentation/repository.ts';

const fields = [{ fieldGroups, pluginFields }, { inOrder }];

/** The samples, as those of every page, are run by ../documentation/samples.test.ts. */
it.each([
  ['registry.md', 'field-tables.js', 'registryTables', fields, 'registry/fields'],
  ['writing-a-plugin.md', 'field-tables.js', 'manifestTable', fields, 'registry/fields'],
  ['variables.md', 'variables-table.js', 'variablesTable', [passed], 'lifecycle/passed-variables.ts'],
] as const)('docs/%s has the tables that `npm run docs` writes', async (page, name, table, from, source) => {
  const { withTable } = await script<{ withTable(page: string, table: string, source: string): string }>(
    'written-part.js',
  );
  const tables = await script<Readonly<Record<string, (...made: readonly unknown[]) => string>>>(name);
  const text = textOf(`docs/${page}`);
  expect(text).toBe(withTable(text, tables[table]!(...from), source));
});

async function script<Module>(name: string): Promise<Module> {
  return (await import(new URL(`../../../../scripts/${name}`, import.meta.url).href)) as Module;
}

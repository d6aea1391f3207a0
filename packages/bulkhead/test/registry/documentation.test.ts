import { expect, it } from 'vitest';
import { fieldGroups, pluginFields } from '../../src/registry/fields/groups.ts';
import { inOrder } from '../../src/registry/fields/mapping.ts';
import { textOf } from '../documentation/repository.ts';

/** The samples, as those of every page, are run by ../documentation/samples.test.ts. */
it.each(['registry.md', 'writing-a-plugin.md'])('docs/%s has the tables that `npm run docs` writes', async (page) => {
  const { registryTables, manifestTable, withTable } = await script('field-tables.js');
  const table = page === 'registry.md' ? registryTables : manifestTable;
  const text = textOf(`docs/${page}`);
  expect(text).toBe(withTable(text, table({ fieldGroups, pluginFields }, { inOrder })));
});

interface Tables {
  registryTables(...from: unknown[]): string;
  manifestTable(...from: unknown[]): string;
  withTable(page: string, table: string): string;
}

async function script(name: string): Promise<Tables> {
  return (await import(new URL(`../../../../scripts/${name}`, import.meta.url).href)) as Tables;
}

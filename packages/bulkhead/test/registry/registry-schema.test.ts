import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { registryJsonSchemaText } from '../../src/registry/registry-schema.ts';

const committed = new URL('../../registry.schema.json', import.meta.url);

it('registry.schema.json is what the schema gives; BULKHEAD_UPDATE=1 writes it', () => {
  if (process.env['BULKHEAD_UPDATE'] === '1') writeFileSync(committed, registryJsonSchemaText());
  expect(readFileSync(committed, 'utf8')).toBe(registryJsonSchemaText());
});

it('describes every field, and refuses others', () => {
  const schema = JSON.parse(registryJsonSchemaText()) as Schema;
  expect(schema['$schema']).toBe('https://json-schema.org/draft/2020-12/schema');
  const plugin = schema.properties?.['plugins']?.anyOf?.[0]?.items;
  expect(plugin).toMatchObject({ additionalProperties: false, required: ['id', 'path'] });
  for (const [name, field] of Object.entries(plugin?.properties ?? {})) expect(field.description, name).toBeTruthy();
  expect(plugin?.properties?.['isolation']).toMatchObject({
    enum: ['thread', 'process', 'docker'],
    default: 'process',
  });
  expect(plugin?.properties?.['timeouts']).toMatchObject({
    additionalProperties: false,
    properties: { call: { default: '5m' } },
  });
  for (const pattern of registryJsonSchemaText().matchAll(/"pattern": ("[^\n]*")/g))
    expect(() => new RegExp(JSON.parse(pattern[1] ?? '') as string, 'u')).not.toThrow();
});

interface Schema {
  readonly $schema?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
}

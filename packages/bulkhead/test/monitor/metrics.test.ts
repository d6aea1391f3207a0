import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { Metrics } from '../../src/monitor/metrics.ts';
import { REPOSITORY } from '../documentation/repository.ts';

/** A package of Python, not a metric. */
const PACKAGE_OF_SPACES = 'bulkhead_plugins';

let text: string;

beforeAll(async () => {
  const metrics = new Metrics(
    () => [],
    async () => [],
  );
  metrics.ofResources([]);
  text = await metrics.text();
});

function said(what: 'HELP' | 'TYPE'): Map<string, string> {
  return new Map(
    [...text.matchAll(new RegExp(`^# ${what} (\\S+) (.*)$`, 'gm'))].map(([, name = '', of = '']) => [name, of]),
  );
}

/** Without what a histogram adds. */
const familyOf = (name: string): string => name.replace(/_(?:bucket|sum|count)$/, '');

describe('metrics', () => {
  test('begin with our name, but for the one that all know, and end with their unit', () => {
    const types = said('TYPE');
    expect([...types.keys()].filter((name) => !name.startsWith('bulkhead_'))).toEqual(['plugin_execution_seconds']);
    for (const [name, type] of types) {
      if (type === 'counter') expect(name).toMatch(/_total$/);
      if (type === 'histogram') expect(name).toMatch(/_seconds$/);
    }
  });

  test('say how to read them, with a query of themselves', () => {
    const help = said('HELP');
    expect(help.size).toBe(said('TYPE').size);
    for (const [name, words] of help) {
      const [told = '', query = ''] = words.split(' Query: ');
      expect(told).toMatch(/\.$/);
      const asked = [...query.matchAll(/\b(?:bulkhead|plugin)_\w+/g)]
        .map(([each]) => familyOf(each))
        .filter((each) => each !== 'plugin_id');
      expect(new Set(asked)).toEqual(new Set([name]));
    }
  });

  test('are those that the pages speak of', async () => {
    const folder = join(REPOSITORY, 'docs');
    const pages = (await readdir(folder)).filter((name) => name.endsWith('.md'));
    const known = new Set(said('TYPE').keys());
    const spoken = new Map<string, string>();
    for (const page of pages)
      for (const [name] of (await readFile(join(folder, page), 'utf8')).matchAll(
        /\b(?:bulkhead|plugin)_\w+_(?:seconds|total|bytes)\w*|\bbulkhead_\w+/g,
      ))
        if (name !== PACKAGE_OF_SPACES) spoken.set(familyOf(name), page);
    expect([...spoken].filter(([name]) => !known.has(name))).toEqual([]);
    expect([...known].filter((name) => !spoken.has(name))).toEqual([]);
  });
});

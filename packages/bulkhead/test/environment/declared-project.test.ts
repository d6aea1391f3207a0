import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readDeclaredProject } from '../../src/environment/requirements/declared-project.ts';
import { Workbench } from './workbench.ts';

let bench: Workbench;

beforeEach(async () => {
  bench = await Workbench.open();
});

afterEach(async () => {
  await bench.close();
});

test('paths in the settings for uv mean the same from anywhere, addresses stay', async () => {
  const settings = `
    [tool.uv]
    find-links = ["wheels", "/elsewhere", "https://host/wheels"]
    cache-dir = "cache"
    index = [{ url = "./index" }, { url = "../index" }, { url = "https://host/simple" }]
    [tool.uv.sources]
    one = { path = "../one" }
    several = [{ path = "several", marker = "a" }, { index = "other" }]
  `;
  await bench.write('plugin/pyproject.toml', settings);
  const inPlugin = (path: string): string => join(bench.plugin, path);
  expect((await readDeclaredProject(bench.spec())).settings).toEqual({
    'find-links': [inPlugin('wheels'), '/elsewhere', 'https://host/wheels'],
    'cache-dir': inPlugin('cache'),
    index: [{ url: inPlugin('index') }, { url: join(bench.root, 'index') }, { url: 'https://host/simple' }],
    sources: {
      one: { path: join(bench.root, 'one') },
      several: [{ path: inPlugin('several'), marker: 'a' }, { index: 'other' }],
    },
  });
});

test('the file of uv counts before the table in pyproject.toml, what stands only in the table counts too', async () => {
  await bench.write('plugin/pyproject.toml', '[tool.uv]\nno-index = true\nprerelease = "allow"\n');
  await bench.write('plugin/uv.toml', 'no-index = false\n');
  expect((await readDeclaredProject(bench.spec())).settings).toEqual({ 'no-index': false, prerelease: 'allow' });
});

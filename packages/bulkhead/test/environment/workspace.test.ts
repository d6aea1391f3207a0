import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { uvSettings, workspaceOf } from '../../src/environment/requirements/workspace.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bulkhead-workspace-'));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function write(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, name)), { recursive: true });
  await writeFile(join(root, name), text);
}

const rootOf = async (path: string): Promise<string | undefined> => (await workspaceOf(join(root, path)))?.root;

test.each([
  ['plugins/*', 'plugins/one', true],
  ['plugins/*/', 'plugins/one', true],
  ['./plugins/*', 'plugins/one', true],
  ['plugins/*', 'libs/one', false],
  ['plugins/o?e', 'plugins/one', true],
  ['plugins/[!a-n]*', 'plugins/one', true],
  ['plugins/[!o]*', 'plugins/one', false],
  ['**', 'plugins/deep/one', true],
  ['plugins/one', 'plugins/one', true],
  ['plugins.one', 'plugins/one', false],
])('members = ["%s"] and %s', async (pattern, path, isMember) => {
  await write('pyproject.toml', `[tool.uv.workspace]\nmembers = ["${pattern}"]\nexclude = ["plugins/not*"]\n`);
  expect(await rootOf(path)).toBe(isMember ? root : undefined);
  expect(await rootOf('plugins/not_one')).toBeUndefined();
});

test('the nearest pyproject.toml above a project decides, also one that is no workspace or unreadable', async () => {
  await write('pyproject.toml', '[tool.uv.workspace]\nmembers = ["**"]\n');
  expect(await rootOf('group/one')).toBe(root);
  await write('group/pyproject.toml', '[project]\nname = "group"\n');
  expect(await rootOf('group/one')).toBeUndefined();
  await write('group/pyproject.toml', '[project');
  expect(await rootOf('group/one')).toBeUndefined();
});

test('settings are those of the nearest folder that has any, its own file before the table', async () => {
  await write('pyproject.toml', '[tool.uv]\nprerelease = "allow"\n');
  await write('group/one/pyproject.toml', '[project]\nname = "one"\n');
  const found = async (): Promise<unknown> => await uvSettings(join(root, 'group/one'));
  expect(await found()).toEqual({ folder: root, settings: { prerelease: 'allow' } });
  await write('group/uv.toml', 'resolution = "lowest"\n');
  expect(await found()).toEqual({ folder: join(root, 'group'), settings: { resolution: 'lowest' } });
  await write('group/one/pyproject.toml', '[tool.uv]\npackage = false\n');
  expect(await found()).toEqual({ folder: join(root, 'group/one'), settings: { package: false } });
});

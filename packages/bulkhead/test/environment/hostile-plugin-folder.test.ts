import { execFile } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pluginRequirements } from '../../src/environment/requirements/plugin-requirements.ts';
import { Workbench } from './workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await Workbench.open();
});
afterEach(async () => {
  await bench.close();
});

const project = (more: string): string => `[project]\nname = "mine"\nversion = "1"\n${more}`;

async function texts(): Promise<readonly string[]> {
  const { dependencies } = await pluginRequirements(bench.spec());
  return dependencies.map((each) => (typeof each === 'string' ? each : each.text));
}

describe('a plugin whose folder has a FIFO or a device', () => {
  test.each(['uv.toml', 'uv.lock', 'plugin.py', 'requirements.txt'])('as %s is refused', async (name) => {
    if (name === 'requirements.txt') {
      const dynamic = '[tool.setuptools.dynamic]\ndependencies = { file = "requirements.txt" }\n';
      await bench.write('plugin/pyproject.toml', project(`dynamic = ["dependencies"]\n${dynamic}`));
    }
    if (name === 'uv.lock') await bench.write('plugin/pyproject.toml', project(''));
    const file = join(bench.plugin, name);
    await promisify(execFile)('mkfifo', [file]);
    const error = await bench.failure('MANIFEST_INVALID', pluginRequirements(bench.spec()));
    expect(error.message).toContain(`${file}:1:1: the file can't be read (EINVAL)`);
  });

  test('as .python-version is asked for no Python', async () => {
    await promisify(execFile)('mkfifo', [join(bench.plugin, '.python-version')]);
    expect(await pluginRequirements(bench.spec({ python: undefined }))).toMatchObject({ pythonVersion: undefined });
  });

  test('behind a link is refused', async () => {
    await symlink('/dev/zero', join(bench.plugin, 'uv.toml'));
    await bench.failure('MANIFEST_INVALID', pluginRequirements(bench.spec()));
  });
});

describe('a requirements file', () => {
  const many = 200_000;
  test.each([
    ['blanks behind a requirement', `six${' '.repeat(many)}!`, 'characters are read'],
    ['blanks and dashes', `six ${'- '.repeat(many)}`, 'does not take the option'],
    ['blanks behind an option', `--pre${' '.repeat(many)}x`, '"--pre"'],
    ['blanks in a path', `./a${' '.repeat(many)}; b`, 'characters are read'],
    ['brackets', `./a${'['.repeat(many)}]`, 'characters are read'],
    ['a path', `-e ${'./'.repeat(many)}`, "does not say its package's name"],
    ['backslashes', `six${'\\\n'.repeat(many)}^1`, 'write ">=1,<2"'],
    ['an address', `git+https://${'a-'.repeat(many)}.whl`, 'characters are read'],
    ['options', '--pre\n'.repeat(many), '"--pre"'],
    ['lines', 'six\n'.repeat(many), 'at most 20000 lines are read'],
    ['itself', `${'-r requirements.txt\n'.repeat(1000)}--pre\n`, '"--pre"'],
  ])('of many %s is refused, and soon', async (_, text, says) => {
    await bench.write('plugin/requirements.txt', text);
    const { details } = await bench.failure('REQUIREMENTS_FILE_INVALID', pluginRequirements(bench.spec()));
    expect(details.mistakes.length).toBeLessThanOrEqual(100);
    expect(details.mistakes[0]?.message).toContain(says);
    expect(details.mistakes[0]?.message.length).toBeLessThan(1000);
  });
});

describe('a manifest', () => {
  test('whose extras ask for each other, twice each, is read', async () => {
    const extras = Array.from(
      { length: 60 },
      (_, index) => `e${index} = ["mine[e${index + 1}]", "mine[e${index + 1} ]"]\n`,
    ).join('');
    await bench.write(
      'plugin/pyproject.toml',
      project(`dependencies = ["mine[e0]"]\n[project.optional-dependencies]\n${extras}e60 = ["six", "mine[e0]"]\n`),
    );
    expect(await texts()).toEqual(['six']);
  });

  test('with tens of thousands of requirements is read', async () => {
    const many = Array.from({ length: 40_000 }, (_, index) => `package${index}`);
    await writeFile(join(bench.plugin, 'pyproject.toml'), project(`dependencies = ${JSON.stringify(many)}\n`));
    expect(await texts()).toHaveLength(40_000);
  });
});

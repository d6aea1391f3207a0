import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, mkdir, readFile, realpath, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { choosePython, wantedPython } from '../../src/environment/python/choose-python.ts';
import {
  type DiscoveredPython,
  type Discovery,
  discoverPythons,
} from '../../src/environment/python/python-discovery.ts';
import { fitsPython } from '../../src/requirements/python-version.ts';
import { StateFolder } from '../../src/environment/state-folder.ts';

const python = (version: string, changed: Partial<DiscoveredPython> = {}): DiscoveredPython => ({
  version,
  stable: true,
  implementation: 'cpython',
  executable: `/pythons/${version}`,
  abiFlags: '',
  build: '',
  machine: 'x86_64',
  ensurepip: true,
  origin: 'pyenv',
  standing: 'kept',
  ...changed,
});

describe('discovery', () => {
  let root: string;
  let real: string;
  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'bulkhead-pythons-')));
    real = execFileSync('python3', ['-c', 'import sys, os; print(os.path.realpath(sys._base_executable))'])
      .toString()
      .trim();
    await mkdir(join(root, 'bin'));
  });
  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });

  const shim = async (name: string, text: string): Promise<string> => {
    const file = join(root, 'bin', name);
    await writeFile(file, `#!/bin/sh\necho asked >> '${root}/asked'\n${text}\n`);
    await chmod(file, 0o755);
    return file;
  };
  const discover = async (variables: NodeJS.ProcessEnv = {}): Promise<Discovery> =>
    await discoverPythons(
      new StateFolder(join(root, 'home')),
      { PATH: `${join(root, 'bin')}:/usr/bin:/bin`, HOME: root, ...variables },
      new AbortController().signal,
    );
  const asked = async (): Promise<number> =>
    (await readFile(join(root, 'asked'), 'utf8').catch(() => '')).split('\n').length - 1;

  test('asks shims who they are, once, and again when they change', async () => {
    const broken = await shim('python3.9', 'echo "pyenv: python3.9: command not found" >&2; exit 127');
    await shim('python3', `exec '${real}' "$@"`);
    const first = await discover();
    expect(first.broken).toContain(broken);
    expect(first.pythons.find(({ standing }) => standing === 'default')?.executable).toBe(real);
    expect(await asked()).toBe(2);
    expect((await discover()).pythons).toEqual(first.pythons);
    expect(await asked()).toBe(2);
    await utimes(broken, 1, 1);
    await discover();
    expect(await asked()).toBe(3);
  });

  test('looks where version managers keep theirs, and finds the base of the active environment', async () => {
    for (const folder of ['.pyenv/versions/3.x', 'share/uv/python/cpython-3.x', '.asdf/installs/python/3.x', 'venv']) {
      await mkdir(join(root, folder, 'bin'), { recursive: true });
      await symlink(real, join(root, folder, 'bin', 'python3'));
    }
    const { pythons, searched } = await discover({
      XDG_DATA_HOME: join(root, 'share'),
      VIRTUAL_ENV: join(root, 'venv'),
    });
    expect(pythons.find(({ executable }) => executable === real)).toMatchObject({
      origin: 'pyenv',
      standing: 'active',
    });
    expect(searched).toEqual(expect.arrayContaining(['PATH', 'pyenv', 'uv', 'asdf']));
  });

  test('reads .python-version only where the registry is silent', async () => {
    await writeFile(join(root, '.python-version'), '# ours\n3.10\n');
    expect(await wantedPython(undefined, root, '>=3.9')).toEqual({ pinned: '3.10', requires: '>=3.9' });
    expect(await wantedPython('3.12', root, '>=3.9')).toEqual({ pinned: '3.12', requires: '>=3.9' });
    await writeFile(join(root, '.python-version'), 'my-virtualenv\n');
    expect(await wantedPython(undefined, root, undefined)).toEqual({ pinned: undefined, requires: undefined });
  });
});

describe('choice', () => {
  const pick = (pythons: DiscoveredPython[], pinned?: string, requires?: string): string | undefined =>
    choosePython(pythons, { pinned, requires })?.executable.split('/').at(-1);

  test('prefers the active, then the default, then the newest ordinary one', () => {
    const all = [
      python('3.10.1'),
      python('3.12.1'),
      python('3.11.7', { standing: 'default' }),
      python('3.9.2', { standing: 'active' }),
      python('3.14.0', { stable: false }),
      python('3.13.0', { abiFlags: 't' }),
    ];
    expect(pick(all)).toBe('3.9.2');
    expect(pick(all, undefined, '>=3.10')).toBe('3.11.7');
    expect(pick(all, undefined, '!=3.11.*,>=3.10')).toBe('3.12.1');
    expect(pick(all, '3.14')).toBe('3.14.0');
    expect(pick(all, '3.13', '<3.13')).toBeUndefined();
    expect(pick([python('3.8.18')])).toBeUndefined();
  });

  test.each([
    ['3.11.7', '3.11', true],
    ['3.11.7', '3.11.7', true],
    ['3.11.7', '3.11.6', false],
    ['3.1.1', '3.11', false],
    ['3.11.7', '3', true],
    ['3.11.7', '>=3.10,<3.12', true],
    ['3.12.0', '>=3.10,<3.12', false],
    ['3.11.7', '~=3.10', true],
    ['3.11.7', '~=3.11.8', false],
    ['3.11.7', '==3.11.*', true],
    ['3.11.7', '!=3.11.*', false],
    ['3.11.7', '==3.11', false],
    ['3.14.0', '<3.14', false],
    ['3.11.7', '', true],
    ['3.11.7', 'pypy', undefined],
  ])('%s against "%s": %s', (version, wanted, verdict) => {
    expect(fitsPython(version, wanted)).toBe(verdict);
  });
});

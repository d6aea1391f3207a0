import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { type Outcome, Workshop } from './workshop.ts';

describe('bulkhead init', () => {
  test('writes a registry that can be read as it stands', async () => {
    await using workshop = await Workshop.open();
    expect(await workshop.run(['init'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('bulkhead new') as string,
      stderr: '',
    });
    expect(await workshop.run(['list'])).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('leaves what is there as it is', async () => {
    await using workshop = await Workshop.open();
    await workshop.write('mine/plugins.yaml', '# mine\n');
    const outcome = await workshop.run(['init', '--registry', 'mine/plugins.yaml']);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    expect(outcome.stderr).toContain('FILE_EXISTS');
    expect(await workshop.read('mine/plugins.yaml')).toBe('# mine\n');
  });

  test('leads editors to the schema of the installed package, by a relative path', async () => {
    await using workshop = await Workshop.open();
    await workshop.write('node_modules/bulkhead/registry.schema.json', '{}');
    await workshop.run(['init', '-r', 'deep/plugins.yaml']);
    await workshop.run(['init']);
    expect(await workshop.read('deep/plugins.yaml')).toMatch(
      /^# yaml-language-server: \$schema=\.\.\/node_modules\/bulkhead\/registry\.schema\.json\n/,
    );
    expect(await workshop.read('plugins.yaml')).toMatch(/^# yaml-language-server: \$schema=\.\/node_modules\//);
  });
});

test.each([
  ['init', '--registry', 'file/plugins.yaml'],
  ['new', 'hello', '--path', 'file/hello'],
])('%s says that a place can not be written, which is no bug of ours', async (...parameters) => {
  await using workshop = await Workshop.open();
  await workshop.write('file', '');
  const outcome = await workshop.run(parameters);
  expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
  expect(outcome.stderr).toContain("can't be written");
});

describe('bulkhead new', () => {
  test('writes a plugin that runs, whose tests pass, and that is in the registry', async () => {
    await using workshop = await Workshop.open();
    await workshop.run(['init']);
    expect(await workshop.run(['new', 'text_tools'])).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await workshop.read('plugins.yaml')).toContain('# Which plugins there are');
    const greeted = await workshop.run(['run', 'text_tools', '--input', '{"name": "Ada"}']);
    expect(greeted).toMatchObject({ exitCode: 0, stdout: '{"message":"Hello, Ada!"}\n' });
    const counted = await workshop.run([
      'run',
      'text_tools',
      '--action',
      'count_words',
      '--input',
      '{"text": "a b a", "top": 1}',
    ]);
    expect(counted).toMatchObject({ exitCode: 0, stdout: '{"a":2}\n' });

    // as its README says, also once its author has put an action of their own in the place of the example
    const test = async (): Promise<Outcome> => await workshop.run(['test', 'text_tools']);
    expect(await test()).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('2 passed') as string });
    const code = await workshop.read('plugins/text_tools/plugin.py');
    const own =
      '@action\n    async def shout(self, text: str) -> str:\n        "Loudly."\n        return text.upper()\n\n\n';
    await workshop.write(
      'plugins/text_tools/plugin.py',
      code.replace(/# Anybody may[^]*?(?=if __name__)/, own).replace('from collections import Counter\n', ''),
    );
    expect(await workshop.read('plugins/text_tools/plugin.py')).not.toContain('count_words');
    expect(await test()).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('2 passed') as string });
    const python = join(workshop.folder, 'plugins', 'text_tools', '.venv', 'bin', 'python');
    const found = await execa(python, ['-c', 'import plugin_sdk, pytest; print(plugin_sdk.__file__)']);
    expect(found.stdout).toBe(join(workshop.home, 'python-sdk', 'plugin_sdk', '__init__.py'));
    const listed = JSON.parse((await workshop.run(['list', '--json'])).stdout) as { plugins: { packages: unknown }[] };
    expect(JSON.stringify(listed)).not.toContain('pytest');
  });

  test('adds to a registry above, keeping what is in it', async () => {
    await using workshop = await Workshop.open();
    await workshop.write('plugins.yaml', '# ours\nplugins:\n  - { id: other, path: ./other } # theirs\n');
    await workshop.write('deep/down/.keep', '');
    const outcome = await workshop.run(['new', 'hello', '--path', 'here'], {
      cwd: join(workshop.folder, 'deep', 'down'),
    });
    expect(outcome).toMatchObject({ exitCode: 0, stderr: '' });
    const text = await workshop.read('plugins.yaml');
    expect(text).toMatch(
      /^# ours\nplugins:\n {2}- \{ id: other, path: \.\/other \} # theirs\n {2}- id: hello\n {4}path: \.\/deep\/down\/here\n$/,
    );
  });

  test('says how to go on where there is no registry', async () => {
    await using workshop = await Workshop.open();
    const { exitCode, stdout } = await workshop.run(['new', 'hello']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('bulkhead init');
    expect(stdout).toContain('path: ./plugins/hello');
  });

  test('refuses a name that is no id, and proposes one', async () => {
    await using workshop = await Workshop.open();
    const outcome = await workshop.run(['new', 'My Plugin']);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    expect(outcome.stderr).toContain('my_plugin');
  });

  test('overwrites no folder, and leaves none where the id is taken', async () => {
    await using workshop = await Workshop.open();
    await workshop.write('plugins.yaml', 'plugins:\n  - { id: hello, path: ./elsewhere }\n');
    await workshop.write('plugins/there/mine.txt', '');
    expect((await workshop.run(['new', 'there'])).stderr).toContain('FILE_EXISTS');
    const taken = await workshop.run(['new', 'hello']);
    expect(taken.exitCode).toBe(2);
    expect(taken.stderr).toContain('There is already a plugin "hello"');
    await expect(access(join(workshop.folder, 'plugins', 'hello'))).rejects.toThrow('ENOENT');
  });
});

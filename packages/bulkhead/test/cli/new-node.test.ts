import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { REPOSITORY } from '../documentation/repository.ts';
import { Workshop } from './workshop.ts';

/** As `npm install` would: the SDK of the same version. */
async function installSdk(workshop: Workshop): Promise<void> {
  await workshop.write('node_modules/.keep', '');
  for (const name of ['@bulkhead', '@types'])
    await symlink(join(REPOSITORY, 'node_modules', name), join(workshop.folder, 'node_modules', name));
}

describe('bulkhead new --lang', () => {
  test('javascript writes a plugin that runs, and whose tests pass', async () => {
    await using workshop = await Workshop.open();
    await workshop.run(['init']);
    const written = await workshop.run(['new', 'text_tools', '--lang', 'javascript']);
    expect(written).toMatchObject({
      exitCode: 0,
      stderr: '',
      stdout: expect.stringContaining('node --test') as string,
    });
    const greeted = await workshop.run(['run', 'text_tools', '--input', '{"name": "Ada"}']);
    expect(greeted).toMatchObject({ exitCode: 0, stdout: '{"message":"Hello, Ada!"}\n' });
    const described = await workshop.run(['describe', 'text_tools']);
    expect(described.stdout).toMatch(/^text_tools 0\.1\.0, Node \d+\.\d+\.\d+\n/);
    const words = ['run', 'text_tools', '--action', 'count_words', '--input', '{"text": "a b a", "top": 1}'];
    expect(await workshop.run(words)).toMatchObject({ exitCode: 0, stdout: '{"a":2}\n' });
    await installSdk(workshop);
    const tested = await execa('node', ['--test', '--test-reporter=tap'], {
      cwd: join(workshop.folder, 'plugins/text_tools'),
      env: { NODE_OPTIONS: '' },
    });
    expect(tested.stdout).toMatch(/^# pass 2$/m);
  });

  test('typescript writes the same with types that a strict compiler accepts', async () => {
    await using workshop = await Workshop.open();
    await workshop.run(['new', 'text_tools', '--lang', 'typescript']);
    await installSdk(workshop);
    const folder = join(workshop.folder, 'plugins/text_tools');
    const compiler = join(REPOSITORY, 'node_modules', 'typescript', 'bin', 'tsc');
    const compiled = await execa('node', [compiler, '--types', 'node'], { cwd: folder, reject: false });
    expect(compiled.stdout).toBe('');
    expect(await workshop.read('plugins/text_tools/package.json')).toContain('"node": ">=22.18"');
  });

  test('refuses what there is no template for', async () => {
    await using workshop = await Workshop.open();
    expect(await workshop.run(['new', 'one', '--lang', 'typescript', '--docker'])).toMatchObject({ exitCode: 2 });
    expect(await workshop.run(['new', 'one', '--lang', 'cobol'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('python, typescript, javascript') as string,
    });
  });
});

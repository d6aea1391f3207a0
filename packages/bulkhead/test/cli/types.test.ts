import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixture } from '../test-home.ts';
import { errorOf, Workshop, withSample } from './workshop.ts';

test('bulkhead types asks plugins in JavaScript by their schemas', async () => {
  await using workshop = await Workshop.open();
  await workshop.write('plugins.yaml', `plugins:\n  - { id: js, path: ${fixture('plugins/in_javascript')} }\n`);
  expect(await workshop.run(['types'])).toMatchObject({ exitCode: 0 });
  const declarations = await workshop.read('plugins.d.ts');
  expect(declarations).toMatch(/\/\*\* Louder\. \*\/\n\s+shout\(input: \{ text: string \}.*\): \{ text: string \}/);
  expect(declarations).toMatch(/counts\(input\?: unknown\): PluginStream/);
  expect(declarations).toMatch(/rows: AsyncIterable<unknown> \| Iterable<unknown>/);
});

// each test goes on where the one before it ended
describe('bulkhead types', () => {
  let workshop: Workshop;
  beforeAll(async () => {
    workshop = await Workshop.open();
    await withSample(workshop);
  });
  afterAll(async () => await workshop[Symbol.asyncDispose]());

  test('writes declarations beside the registry, and leaves them when nothing has changed', async () => {
    expect(await workshop.run(['types', '--check'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('plugins.d.ts is missing. Run `bulkhead types`.') as string,
    });
    expect(await workshop.run(['types'])).toMatchObject({ exitCode: 0, stdout: 'Wrote plugins.d.ts.\n' });
    expect(await workshop.read('plugins.d.ts')).toContain('    collect(input: { rows: unknown }): unknown;\n');
    expect(await workshop.run(['types'])).toMatchObject({ exitCode: 0, stdout: 'plugins.d.ts is up to date.\n' });
    expect(await workshop.run(['types', '--check'])).toMatchObject({ exitCode: 0, stderr: '' });
    const { stdout } = await workshop.run(['types', '--output', '-']);
    expect(stdout).toBe(await workshop.read('plugins.d.ts'));
  });

  test('says what differs after a change, and writes nothing when it only checks', async () => {
    const source = await workshop.read('sample/plugin.py');
    await workshop.write('sample/plugin.py', source.replace('collect(self, rows)', 'collect(self, rows: list)'));
    const before = await workshop.read('plugins.d.ts');
    const { exitCode, stderr } = await workshop.run(['types', '--check']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('plugins.d.ts is out of date. Run `bulkhead types`. What differs:');
    expect(stderr).toContain('-     collect(input: { rows: unknown }): unknown;\n');
    expect(stderr).toContain('+     collect(input: { rows: readonly unknown[] }): unknown;\n');
    expect(await workshop.read('plugins.d.ts')).toBe(before);
    const { stdout } = await workshop.run(['types', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ current: false, written: true });
  });

  test('leaves a file alone that somebody else wrote', async () => {
    await workshop.write('mine.d.ts', 'export {};\n');
    const outcome = await workshop.run(['types', '--output', 'mine.d.ts', '--json']);
    expect(outcome.exitCode).toBe(2);
    expect(errorOf(outcome)).toMatchObject({ code: 'FILE_EXISTS' });
    expect(await workshop.read('mine.d.ts')).toBe('export {};\n');
  });

  test('writes nothing when a plugin can not be asked', async () => {
    await workshop.write('sample/plugin.py', 'import nowhere');
    const before = await workshop.read('plugins.d.ts');
    const outcome = await workshop.run(['types', '--json']);
    expect(outcome.exitCode).toBe(1);
    expect(errorOf(outcome)).toMatchObject({ code: 'PLUGIN_IMPORT_FAILED' });
    expect(await workshop.read('plugins.d.ts')).toBe(before);
  });
});

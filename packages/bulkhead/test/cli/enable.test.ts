import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorOf, Workshop, withSample } from './workshop.ts';

describe('bulkhead disable and enable', () => {
  let workshop: Workshop;
  const text =
    'plugins: # of this host\n  - id: sample # the id\n    path: ./sample\n    python_version: "3.11"\n  - { id: other, path: ./nowhere }\n';
  beforeEach(async () => {
    workshop = await Workshop.open();
    await withSample(workshop);
    await workshop.write('plugins.yaml', text);
  });
  afterEach(async () => {
    await workshop[Symbol.asyncDispose]();
  });

  it('leave a plugin out and take it up again, and keep the rest of the file', async () => {
    expect(await workshop.run(['disable', 'other', 'sample', 'other'])).toMatchObject({
      exitCode: 0,
      stdout: 'other is disabled now.\nsample is disabled now.\nA host that runs follows when it reloads the plugin.\n',
    });
    expect(await workshop.read('plugins.yaml')).toBe(
      text.replace('"3.11"\n', '"3.11"\n    enabled: false\n').replace('./nowhere }', './nowhere, enabled: false }'),
    );
    const ran = await workshop.run(['run', 'sample', '--json']);
    expect(ran.exitCode).toBe(2);
    expect(errorOf(ran)).toMatchObject({
      code: 'PLUGIN_DISABLED',
      advice: expect.stringContaining('bulkhead enable sample'),
    });
    const listed = await workshop.run(['list']);
    expect(listed.stdout).toMatch(/sample .*disabled\nother .*disabled\n$/);
    expect(JSON.parse((await workshop.run(['list', '--json'])).stdout)).toMatchObject({
      plugins: [{ state: 'disabled' }, { state: 'disabled' }],
    });
    const { stdout: checked } = await workshop.run(['check', '--offline']);
    expect(checked).toContain('0 plugins, 0 pairs.\nDisabled, and so left out: sample, other.\n');
    expect(JSON.parse((await workshop.run(['check', '--offline', '--json'])).stdout)).toMatchObject({
      problems: [],
      disabled: ['sample', 'other'],
    });
    expect(JSON.parse((await workshop.run(['doctor', '--json'])).stdout)).toMatchObject({ ok: true });
    expect(await workshop.run(['sync', '--json'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('"plugins":[]'),
    });
    expect(errorOf(await workshop.run(['sync', 'sample', '--json']))).toMatchObject({ code: 'PLUGIN_DISABLED' });

    expect(JSON.parse((await workshop.run(['enable', 'sample', '--json'])).stdout)).toMatchObject({
      enabled: true,
      plugins: ['sample'],
      changed: ['sample'],
    });
    expect(await workshop.read('plugins.yaml')).toContain('"3.11"\n    enabled: true\n');
    expect(await workshop.run(['enable', 'sample'])).toMatchObject({ stdout: 'sample was enabled already.\n' });
    expect((await workshop.run(['run', 'sample', '--input', '1'])).stdout).toBe('1\n');
  });

  it('change nothing for a plugin that is not there', async () => {
    const failed = await workshop.run(['disable', 'sample', 'othr', '--json']);
    expect(errorOf(failed)).toMatchObject({ code: 'PLUGIN_UNKNOWN', message: expect.stringContaining('"other"') });
    expect(await workshop.read('plugins.yaml')).toBe(text);
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorOf, Workshop } from './workshop.ts';

const PLUGIN = `
import iniconfig
from plugin_sdk import PluginBase


class Words(PluginBase):
    def execute(self, value):
        return iniconfig.__name__
`;

describe('requirements that Bulkhead does not read', () => {
  let workshop: Workshop;
  const told = "requirements are in Pipfile, which Bulkhead doesn't read; put them into requirements.txt";
  beforeEach(async () => {
    workshop = await Workshop.open();
    await workshop.write('words/plugin.py', PLUGIN);
    await workshop.write('words/Pipfile', '[packages]\niniconfig = "*"\n');
    await workshop.write('plugins.yaml', 'plugins:\n  - id: words\n    path: ./words\n    python_version: "3.11"\n');
  });
  afterEach(async () => {
    await workshop[Symbol.asyncDispose]();
  });

  it('are named when the plugin misses them, by sync, check and doctor', async () => {
    const ran = await workshop.run(['run', 'words', '--json']);
    expect(errorOf(ran)).toMatchObject({
      code: 'PLUGIN_IMPORT_FAILED',
      message: expect.stringContaining("No module named 'iniconfig'"),
      advice: expect.stringContaining(told),
    });
    expect((await workshop.run(['sync'])).stderr).toContain(`Note: words got no packages: its ${told}`);
    const checked = await workshop.run(['check', '--offline']);
    expect(checked.stdout).toContain(`note ${workshop.folder}/words: words: ${told}`);
    const doctor = await workshop.run(['doctor', '--json']);
    expect(doctor.exitCode).toBe(2);
    expect(JSON.parse(doctor.stdout)).toMatchObject({
      ok: false,
      problems: [{ where: 'registry', message: expect.stringContaining('its requirements are in Pipfile') }],
    });
  });

  it('are named when the plugin is added', async () => {
    await workshop.write('plugins.yaml', 'plugins: []\n');
    const { stdout, exitCode } = await workshop.run(['add', './words', '--offline']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(told);
  });

  it('keep a plugin out of the registry if their lines can’t be taken', async () => {
    await workshop.write('plugins.yaml', 'plugins: []\n');
    await workshop.write('words/requirements.txt', '--pre\n');
    const added = await workshop.run(['add', './words', '--json']);
    expect(added.exitCode).toBe(1);
    expect(errorOf(added)).toMatchObject({ code: 'REQUIREMENTS_FILE_INVALID' });
    expect(await workshop.read('plugins.yaml')).toBe('plugins: []\n');
  });

  it('are of no interest once requirements.txt has them', async () => {
    await workshop.write('words/requirements.txt', 'iniconfig\n');
    expect(await workshop.run(['run', 'words'])).toMatchObject({ exitCode: 0, stdout: '"iniconfig"\n' });
    expect((await workshop.run(['sync'])).stderr).toBe('');
    expect((await workshop.run(['check', '--offline'])).stdout).not.toContain('Pipfile');
  });
});

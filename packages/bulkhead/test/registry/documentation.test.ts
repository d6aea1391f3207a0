import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isBulkheadError } from '../../src/errors/bulkhead-error.ts';
import { DEFAULTS } from '../../src/registry/defaults.ts';
import { loadPluginFolder } from '../../src/registry/load-plugin-folder.ts';
import { readRegistry } from '../../src/registry/read-registry.ts';
import { registryJsonSchemaText } from '../../src/registry/registry-schema.ts';
import { folderWith, registryFile } from './registry-fixture.ts';

function page(name: string): string {
  return readFileSync(new URL(`../../../../docs/${name}`, import.meta.url), 'utf8');
}

function samples(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, sample = '']) => sample);
}

describe('docs/registry.md', () => {
  const text = page('registry.md');

  it.each(samples(text, 'yaml').map((sample) => [sample]))('has a valid sample: %s', async (sample) => {
    const variables = { FORECAST_API_KEY: 'k', MAIL_PASSWORD: 'p', API_TOKEN: 't' };
    const { plugins } = await readRegistry(await registryFile(sample), { variables });
    for (const { problem } of plugins) expect(isBulkheadError(problem) ? problem.code : 'PLUGIN_FOLDER_MISSING').toBe('PLUGIN_FOLDER_MISSING');
  });

  it('names every field', () => {
    const names = [...registryJsonSchemaText().matchAll(/^ {14}"([a-z_]+)": \{$/gm)].map(([, name]) => name);
    expect(names).toContain('trial_import');
    for (const name of names) expect(text, name).toMatch(new RegExp(`^\\| .*\`${name}[\`.]`, 'm'));
  });

  it('states the defaults', () => {
    const groups = { timeouts: DEFAULTS.timeouts, limits: DEFAULTS.limits, instances: DEFAULTS.instances };
    for (const [group, fields] of Object.entries(groups)) {
      for (const [name, value] of Object.entries(fields)) expect(text).toContain(`| \`${group}.${name}\` | \`${String(value)}\` |`);
    }
    expect(text).toContain(`| \`isolation\` | \`${DEFAULTS.isolation}\` |`);
    expect(text).toContain(`| \`environment\` | \`${DEFAULTS.environment}\` |`);
    expect(text).toContain(`| \`trial_import\` | \`${String(DEFAULTS.trialImport)}\` |`);
  });
});

describe('docs/writing-a-plugin.md', () => {
  it.each(samples(page('writing-a-plugin.md'), 'toml').map((sample) => [sample]))('has a valid manifest: %s', async (sample) => {
    expect(await loadPluginFolder(await folderWith({ 'pyproject.toml': sample, 'plugin.py': '' }))).toMatchObject({ entryPoint: 'plugin.py' });
  });
});

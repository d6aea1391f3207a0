import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEFAULTS } from '../../src/registry/defaults.ts';
import { registryJsonSchemaText } from '../../src/registry/registry-schema.ts';

/** Its samples, as those of every page, are run by ../documentation/samples.test.ts. */
describe('docs/registry.md', () => {
  const text = readFileSync(new URL('../../../../docs/registry.md', import.meta.url), 'utf8');

  it('names every field', () => {
    const names = [...registryJsonSchemaText().matchAll(/^ {14}"([a-z_]+)": \{$/gm)].map(([, name]) => name);
    expect(names).toContain('trial_import');
    for (const name of names) expect(text, name).toMatch(new RegExp(`^\\| .*\`${name}[\`.]`, 'm'));
  });

  it('states the defaults', () => {
    const groups = {
      timeouts: DEFAULTS.timeouts,
      limits: DEFAULTS.limits,
      instances: DEFAULTS.instances,
      queue: DEFAULTS.queue,
    };
    for (const [group, fields] of Object.entries(groups)) {
      for (const [name, value] of Object.entries(fields))
        expect(text).toContain(`| \`${group}.${name}\` | \`${String(value)}\` |`);
    }
    for (const [name, value] of Object.entries(DEFAULTS.cache))
      expect(text).toContain(`| \`cache.ACTION.${name}\` | the plugin's, else \`${String(value)}\` |`);
    expect(text).toContain(`| \`isolation\` | \`${DEFAULTS.isolation}\` |`);
    expect(text).toContain(`| \`environment\` | \`${DEFAULTS.environment}\` |`);
    expect(text).toContain(`| \`reload\` | \`${DEFAULTS.reload}\` |`);
    expect(text).toContain(`| \`trial_import\` | \`${String(DEFAULTS.trialImport)}\` |`);
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readPortable, textOfPortable } from '../../src/registry/portable-registry.ts';
import { readRegistry } from '../../src/registry/read-registry.ts';

let folder: string;

beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'bulkhead-portable-'))));
afterEach(async () => await rm(folder, { recursive: true }));

test('a copy elsewhere means the same, and holds no secret', async () => {
  const file = join(folder, 'plugins.yaml');
  await writeFile(join(folder, 'plugin.py'), '');
  await writeFile(
    file,
    `defaults: { permissions: { write: [./shared] } }
resources: { gpu: 2 }
plugins:
  - id: one
    path: .
    config: { key: "\${env:KEY}", large: 12345678901234567890, when: 2024-02-29 }
    permissions: { read: [./data, ~/more] }
`,
  );
  const elsewhere = join(folder, 'deep', 'er');
  const portable = await readPortable(file);
  const text = textOfPortable(portable);
  expect(text).toContain('${env:KEY}');
  const copy = `${elsewhere.replaceAll('/', '-')}.yaml`;
  await writeFile(join(tmpdir(), copy), text);
  try {
    const variables = { KEY: 'not to be told' };
    const [here, there] = [
      await readRegistry(file, { variables }),
      await readRegistry(join(tmpdir(), copy), { variables }),
    ];
    const of = ({ plugins, resources }: typeof here): object => ({ ...plugins[0]!.spec, source: undefined, resources });
    expect(here.plugins[0]?.problem).toBeUndefined();
    expect(of(there)).toEqual(of(here));
  } finally {
    await rm(join(tmpdir(), copy));
  }
});

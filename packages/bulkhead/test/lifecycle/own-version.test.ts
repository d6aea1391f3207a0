import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { OWN_VERSION } from '../../src/lifecycle/own-version.ts';
import { REPOSITORY } from '../documentation/repository.ts';

test('the version is that of the package', async () => {
  const text = await readFile(join(REPOSITORY, 'packages', 'bulkhead', 'package.json'), 'utf8');
  expect(JSON.parse(text)).toHaveProperty('version', OWN_VERSION);
});

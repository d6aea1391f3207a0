import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FolderWatch } from '../../src/cli/development/watch-folders.ts';

test('a folder that the system refuses to watch is told of by its name', async () => {
  const folder = join('/', 'x'.repeat(5_000)); // no system knows a name of that length
  const watching = FolderWatch.start(folder, [], new AbortController().signal);
  await expect(watching).rejects.toMatchObject({ code: 'FOLDER_UNWATCHABLE', details: { folder } });
});

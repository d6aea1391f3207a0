import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readRegularFile } from '../../src/lifecycle/read-regular-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-files-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

it('reads a file of the size that is allowed, also through a link, and none that is larger', async () => {
  const file = join(folder, 'file');
  await writeFile(file, 'x'.repeat(100_000));
  await symlink(file, join(folder, 'link'));
  expect(await readRegularFile(join(folder, 'link'), 100_000)).toHaveLength(100_000);
  await expect(readRegularFile(join(folder, 'link'), 100_000, 'refused')).rejects.toMatchObject({ code: 'ELOOP' });
  await expect(readRegularFile(file, 99_999)).rejects.toMatchObject({ code: 'EFBIG' });
  await writeFile(file, '');
  expect(await readRegularFile(file, 0)).toHaveLength(0);
});

it.skipIf(process.platform !== 'linux')('does not trust the size that a file says it has', async () => {
  expect(await readRegularFile('/proc/self/status', 100_000)).not.toHaveLength(0);
  await expect(readRegularFile('/proc/self/status', 10)).rejects.toMatchObject({ code: 'EFBIG' });
});

it('does not wait for a FIFO, read a device, or follow a link to one', async () => {
  const fifo = join(folder, 'fifo');
  await promisify(execFile)('mkfifo', [fifo]);
  await symlink(fifo, join(folder, 'to-fifo'));
  await symlink('/dev/zero', join(folder, 'to-device'));
  for (const name of ['fifo', 'to-fifo', 'to-device'])
    await expect(readRegularFile(join(folder, name), 1000), name).rejects.toMatchObject({ code: 'EINVAL' });
  await expect(readRegularFile(folder, 1000)).rejects.toMatchObject({ code: 'EISDIR' });
  await expect(readRegularFile(join(folder, 'nothing'), 1000)).rejects.toMatchObject({ code: 'ENOENT' });
});

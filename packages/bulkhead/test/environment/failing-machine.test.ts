import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { chmod, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { environmentsOf } from '../../src/environment/environments.ts';
import { discoverPythons } from '../../src/environment/python/python-discovery.ts';
import { anyPython } from '../any-python.ts';
import { canUnshare } from '../lifecycle/lock-holder.ts';
import { Workbench } from './workbench.ts';

const PROGRAM = fileURLToPath(new URL('../fixtures/programs/builds-with-little-room.mjs', import.meta.url));

interface Attempt {
  readonly room: number | string;
  readonly built?: boolean;
  /** Null: of an error that has none. */
  readonly code?: string | null;
}

describe('a machine that fails', () => {
  let bench: Workbench;
  beforeEach(async () => {
    bench = await Workbench.open();
  });
  afterEach(async () => {
    await bench.close();
  });

  /** What came of each attempt of a host on which `shell` is run first. */
  const attempts = async (
    kind: 'disk' | 'files' | 'read-only',
    shell: string,
    prefix: string[] = [],
  ): Promise<Attempt[]> => {
    const [file, ...args] = [...prefix, 'sh', '-c', `${shell} && exec "$@"`, 'sh', process.execPath, PROGRAM, kind];
    const child = spawn(file, args, {
      env: { ...bench.variables, SPEC: JSON.stringify(bench.spec()) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    bench.hosts.push(child);
    const [said, [exitCode]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    expect(exitCode).toBe(0);
    return said
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Attempt);
  };
  const onSmallDisk = ['unshare', '--mount'];
  const mount = 'mount -t tmpfs -o size=3m,mode=700 tmpfs "$BULKHEAD_HOME"';

  test.skipIf(process.platform === 'win32')(
    'with too few descriptors says so, and builds once there are enough',
    async () => {
      const all = await attempts('files', 'ulimit -n 100');
      const failed = all.filter(({ code }) => code !== undefined);
      expect(failed.length).toBeGreaterThan(1);
      expect(new Set(failed.map(({ code }) => code))).toEqual(new Set(['SYSTEM_EXHAUSTED']));
      expect(all.filter(({ built }) => built === true)).toHaveLength(1);
      expect(all.at(-1)).toHaveProperty('built');
      expect(await bench.leftovers()).toEqual([]);
      expect(readdirSync(bench.state.environments)).toHaveLength(1);
    },
  );

  describe.skipIf(!canUnshare)('by its disk', () => {
    beforeEach(() => {
      mkdirSync(bench.state.root, { recursive: true });
    });

    test('says so wherever that was full, and builds once there is room', async () => {
      const all = await attempts('disk', mount, onSmallDisk);
      const failed = all.filter(({ code }) => code !== undefined);
      expect(failed.length).toBeGreaterThan(1);
      expect(new Set(failed.map(({ code }) => code))).toEqual(
        new Set(['STATE_FOLDER_UNUSABLE', 'ENVIRONMENT_BUILD_FAILED']),
      );
      expect(all.at(-1)).toEqual({ room: 'enough', built: true });
    });

    test('still finds what was built before it can only be read', async () => {
      expect(await attempts('read-only', mount, onSmallDisk)).toMatchObject([
        { built: true },
        { built: false },
        { code: 'STATE_FOLDER_UNUSABLE' },
      ]);
    });
  });

  test('builds nothing in the place of an environment that it can not read', async () => {
    const provider = environmentsOf({ variables: bench.variables }).uv;
    const { prefix } = (await bench.prepare(provider)).runtime;
    const record = join(prefix, 'bulkhead.json');
    await rename(record, join(bench.root, 'record'));
    await symlink(record, record);
    const error = await bench.failure('STATE_FOLDER_UNUSABLE', bench.prepare(provider));
    expect(error.message).toContain('ELOOP');
    await rename(join(bench.root, 'record'), record);
    expect(await bench.prepare(provider)).toMatchObject({ built: false, runtime: { prefix } });
  });

  test('does not remember of a Python that it was ended while it was asked', async () => {
    const { executable } = await anyPython();
    const folder = join(bench.root, 'bin');
    mkdirSync(folder);
    const shim = join(folder, 'python3');
    const flag = join(bench.root, 'asked');
    await writeFile(shim, `#!/bin/sh\n[ -e '${flag}' ] && exec '${executable}' "$@"\ntouch '${flag}'\nkill -9 $$\n`);
    await chmod(shim, 0o755);
    const discover = async (): Promise<readonly string[]> => {
      const { broken } = await discoverPythons(
        bench.state,
        { PATH: `${folder}:/usr/bin:/bin` },
        new AbortController().signal,
      );
      return broken;
    };
    expect(await discover()).toContain(shim);
    expect(await discover()).not.toContain(shim);
  });
});

import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { environmentsOf } from '../../src/environment/environments.ts';
import { StateFolder } from '../../src/environment/state-folder.ts';
import type { BulkheadError } from '../../src/errors/bulkhead-error.ts';
import { prepareInOtherProcess } from './other-process.ts';
import { Workbench } from './workbench.ts';

const isRoot = process.getuid?.() === 0;
const SOMEBODY = 12_345;

let root: string;
let state: StateFolder;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bulkhead-state-'));
  state = new StateFolder(join(root, 'state'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

function refused(): BulkheadError<'STATE_FOLDER_UNUSABLE'> {
  try {
    state.check();
  } catch (error) {
    expect(error).toMatchObject({ code: 'STATE_FOLDER_UNUSABLE', blame: 'environment' });
    expect(() => state.ensure()).toThrow((error as Error).message);
    return error as BulkheadError<'STATE_FOLDER_UNUSABLE'>;
  }
  throw new Error('it was accepted');
}

test.each([
  ['ENOSPC', 'STATE_FOLDER_UNUSABLE', 'Free some space'],
  ['EDQUOT', 'STATE_FOLDER_UNUSABLE', 'Free some space'],
  ['EROFS', 'STATE_FOLDER_UNUSABLE', 'Make the folder writable'],
  ['EACCES', 'STATE_FOLDER_UNUSABLE', 'Make the folder writable'],
  ['EMFILE', 'SYSTEM_EXHAUSTED', 'ulimit -n'],
  ['EAGAIN', 'SYSTEM_EXHAUSTED', 'ulimit -u'],
])('what the system refuses with %s is %s with a cure, whichever step it came up in', (errno, code, cure) => {
  const refusal = Object.assign(new Error('it does not work, write'), { code: errno });
  expect(state.explain(refusal)).toMatchObject({
    code,
    cause: refusal,
    advice: expect.stringContaining(cure) as string,
  });
});

test.each([new Error('another'), Object.assign(new Error('gone'), { code: 'ENOENT' }), undefined])(
  'other errors stay what they are: %s',
  (error) => {
    expect(state.explain(error)).toBe(error);
  },
);

describe.skipIf(process.platform === 'win32')('the state folder', () => {
  test('is closed to others, also when it was there before and open to be read', () => {
    mkdirSync(state.environments, { recursive: true, mode: 0o755 });
    chmodSync(state.root, 0o755);
    state.ensure();
    expect(modeOf(state.root)).toBe('700');
    for (const name of readdirSync(state.root)) expect(modeOf(join(state.root, name))).toBe('700');
    expect(readdirSync(state.root).toSorted()).toEqual(
      [
        'answers',
        'builds',
        'bytecode',
        'contents',
        'descriptions',
        'environments',
        'instances',
        'locks',
        'scratch',
        'sockets',
        'tools',
        'trash',
      ].toSorted(),
    );
  });

  test('is refused when others may write to it, or to a folder in it that they can enter', () => {
    mkdirSync(state.environments, { recursive: true });
    chmodSync(state.root, 0o770);
    expect(refused().message).toContain('others may write to it (its mode is 770)');
    expect(refused().advice).toContain(`chmod go-w ${state.root}`);
    chmodSync(state.root, 0o755);
    chmodSync(state.environments, 0o777);
    expect(refused().details.folder).toBe(state.environments);
    chmodSync(state.root, 0o700);
    state.ensure();
    expect(modeOf(state.environments)).toBe('700');
  });

  test('may be a link of this user', () => {
    mkdirSync(join(root, 'elsewhere'));
    symlinkSync(join(root, 'elsewhere'), state.root);
    state.ensure();
    expect(modeOf(join(root, 'elsewhere'))).toBe('700');
  });

  test('is refused when it is a link to nothing, or no folder', () => {
    symlinkSync(join(root, 'nothing'), state.root);
    expect(refused().message).toContain('link to nothing');
  });

  describe.skipIf(!isRoot)('of somebody else', () => {
    test('is refused', () => {
      mkdirSync(state.root);
      chownSync(state.root, SOMEBODY, SOMEBODY);
      expect(refused().message).toContain(`it belongs to the user ${SOMEBODY}, and this process runs as 0`);
    });

    test('is refused behind a link, as is the link of somebody else', () => {
      const elsewhere = join(root, 'elsewhere');
      mkdirSync(elsewhere);
      symlinkSync(elsewhere, state.root);
      lchownSync(state.root, SOMEBODY, SOMEBODY);
      expect(refused().message).toContain(`belongs to the user ${SOMEBODY}`);
      lchownSync(state.root, 0, 0);
      chownSync(elsewhere, SOMEBODY, SOMEBODY);
      expect(refused().message).toContain(`a link to a folder of the user ${SOMEBODY}`);
    });
  });
});

describe.skipIf(process.platform === 'win32')('what is made in the state folder', () => {
  let bench: Workbench;
  beforeEach(async () => {
    bench = await Workbench.open();
  });
  afterEach(async () => {
    await bench.close();
  });

  test.each(['where new files are open to all', 'where new files are closed to all'] as const)(
    'is private %s',
    async (place) => {
      const { answer } = prepareInOtherProcess(bench, 'uv', bench.spec({ dependencies: ['six'] }), place);
      const { built, runtime } = await answer;
      expect(built).toBe(true);
      expect(modeOf(bench.state.root)).toBe('700');
      expect(modeOf(runtime.prefix)).toBe('700');
      for (const name of readdirSync(bench.state.root)) expect(modeOf(join(bench.state.root, name))).toBe('700');
      const files = [
        join(runtime.prefix, 'bulkhead.json'),
        ...readdirSync(bench.state.answers, { recursive: true, encoding: 'utf8' }).map((name) =>
          join(bench.state.answers, name),
        ),
      ];
      for (const file of files)
        expect([relative(bench.state.root, file), modeOf(file)]).toEqual([relative(bench.state.root, file), '600']);
    },
  );

  test('is not looked at when others may have put it there', async () => {
    const provider = environmentsOf({ variables: bench.variables }).uv;
    await bench.prepare(provider);
    chmodSync(bench.state.root, 0o777);
    await bench.failure('STATE_FOLDER_UNUSABLE', bench.prepare(provider));
    await bench.failure('STATE_FOLDER_UNUSABLE', provider.find(bench.spec(), new AbortController().signal));
  });
});

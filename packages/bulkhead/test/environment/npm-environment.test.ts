import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, readlink, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { environmentsOf } from '../../src/environment/environments.ts';
import { NpmWorkbench } from './npm-workbench.ts';
import { prepareInOtherProcess } from './other-process.ts';
import { onlyInLongRuns } from '../not-run.ts';

let npm: NpmWorkbench;
beforeEach(async () => {
  npm = await NpmWorkbench.open();
});
afterEach(async () => {
  await npm.close();
});

describe('environments by npm', () => {
  test('a plugin without packages has a Node, and no process is started for it', async () => {
    await npm.declares({ engines: { node: '>=20' }, devDependencies: { '@types/node': '*' } });
    const { runtime, packages, built } = await npm.prepare();
    expect(built).toBe(true);
    expect(packages).toEqual({});
    expect(runtime.node).toMatchObject({
      executable: await realpath(process.execPath),
      version: process.versions.node,
    });
    expect(await readdir(runtime.prefix)).toEqual(['bulkhead.json', 'package.json']);
    expect(existsSync(join(npm.bench.plugin, 'node_modules'))).toBe(false);
    expect(npm.registry.asked).toEqual([]);
  });

  test('a plugin without a package.json has one as well', async () => {
    expect((await npm.prepare()).packages).toEqual({});
  });

  test('runs on the Node that its author works with, where that is there', async () => {
    const other = join(npm.bench.root, '.nvm', 'versions', 'node', 'v90.0.0', 'bin', 'node');
    npm.bench.variables['NVM_DIR'] = join(npm.bench.root, '.nvm');
    const answer = { own: true, version: '90.0.0', executable: other, abi: '1', platform: 'x' };
    await npm.bench.write('.nvm/versions/node/v90.0.0/bin/node', `#!/bin/sh\necho '${JSON.stringify(answer)}'\n`);
    await chmod(other, 0o755);
    await npm.bench.write('plugin/.node-version', '90\n');
    expect((await npm.prepare({ trialImport: false })).runtime.node.version).toBe('90.0.0');
  });

  test('builds an environment once, finds it again, and shares it', async () => {
    npm.registry.publish({ name: 'inner', version: '1.2.0' });
    npm.registry.publish({ name: 'outer', dependencies: { inner: '^1' } });
    npm.registry.publish({ name: 'tool' });
    await npm.declares({ dependencies: { outer: '^1' }, devDependencies: { tool: '1' } });
    const look = async () => await npm.provider.find(npm.spec(), new AbortController().signal);
    expect(await look()).toBeUndefined();
    const first = await npm.prepare();
    expect(first).toMatchObject({ built: true, packages: { outer: '1.0.0', inner: '1.2.0' }, lockedBy: undefined });
    expect(await npm.imported(first, 'outer')).toBe('outer 1.0.0');
    expect(npm.progress).toContain('importing outer');
    expect(npm.progress).toContain('resolving outer');
    expect(npm.progress).toContain('installing 2 packages');
    expect(npm.progress).toContain('downloading packages: 2 of 2');
    expect(npm.registry.asked.filter((path) => path.startsWith('tool'))).toEqual([]);
    expect(await readlink(join(npm.bench.plugin, 'node_modules'))).toBe(join(first.runtime.prefix, 'node_modules'));
    expect((await stat(first.runtime.prefix)).mode & 0o077).toBe(0);
    expect(await npm.bench.leftovers()).toEqual([]);
    expect(await look()).toMatchObject({ built: false, runtime: first.runtime });

    await npm.declares({ name: 'of-another', dependencies: { outer: '^1' } }, 'second');
    const asked = npm.registry.asked.length;
    const second = await npm.prepare({ id: 'other', folder: join(npm.bench.root, 'second') });
    expect(second).toMatchObject({ built: false, identity: first.identity });
    expect(npm.registry.asked.length).toBe(asked);
  });

  test('resolves once, and anew for an upgrade', async () => {
    npm.registry.publish({ name: 'words', version: '1.0.0' });
    await npm.declares({ dependencies: { words: '^1' } });
    const first = await npm.prepare();
    npm.registry.publish({ name: 'words', version: '1.1.0' });
    expect(await npm.prepare()).toMatchObject({ built: false, packages: { words: '1.0.0' } });
    const second = await npm.prepare({}, { upgrade: true });
    expect(second).toMatchObject({ built: true, identity: first.identity, packages: { words: '1.1.0' } });
    expect(second.runtime.prefix).not.toBe(first.runtime.prefix);
    expect(await npm.prepare({}, { upgrade: true })).toMatchObject({ built: false, runtime: second.runtime });
    expect(existsSync(first.runtime.prefix)).toBe(true);
  });

  test('installs what the lock file says, and no upgrade changes it', async () => {
    npm.registry.publish({ name: 'words', version: '1.0.0' });
    npm.registry.publish({ name: 'tool' });
    await npm.declares({ name: 'p', version: '3.0.0', dependencies: { words: '^1' }, devDependencies: { tool: '*' } });
    await npm.npm('plugin', 'install', '--package-lock-only');
    npm.registry.publish({ name: 'words', version: '1.1.0' });
    const locked = await npm.prepare();
    expect(locked).toMatchObject({
      packages: { words: '1.0.0' },
      lockedBy: join(npm.bench.plugin, 'package-lock.json'),
    });
    expect(npm.progress).toContain('installing 1 package');
    expect(await npm.prepare({}, { upgrade: true })).toMatchObject({ built: false, runtime: locked.runtime });
    expect(await npm.prepare({ asOf: '2030-01-01' })).toMatchObject({
      packages: { words: '1.1.0' },
      lockedBy: undefined,
    });
  });

  test('refuses a lock file that is out of date, and says what is missing from it', async () => {
    npm.registry.publish({ name: 'words' });
    npm.registry.publish({ name: 'more' });
    await npm.declares({ dependencies: { words: '^1' } });
    await npm.npm('plugin', 'install', '--package-lock-only');
    await npm.declares({ dependencies: { words: '^1', more: '^1' } });
    const error = await npm.bench.failure('LOCK_STALE', npm.prepare());
    expect(error.details.reason).toBe('more@1.0.0 is missing from it');
    expect(error.advice).toContain('`npm install --package-lock-only`');
    expect(await npm.bench.leftovers()).toEqual([]);
    await npm.bench.write('plugin/package-lock.json', '<<<<<<< ours');
    expect((await npm.bench.failure('LOCK_STALE', npm.prepare())).details.reason).toBe('it is not what npm writes');
  });

  test('refuses a package that is not the one in the lock file', async () => {
    npm.registry.publish({ name: 'words' });
    await npm.declares({ dependencies: { words: '^1' } });
    await npm.npm('plugin', 'install', '--package-lock-only');
    npm.registry.publish({ name: 'words' }, { 'index.js': 'module.exports = "something else";' });
    expect((await npm.bench.failure('HASH_CHECK_FAILED', npm.prepare())).details.packageName).toBe('words');
  });

  test.each([
    ['pnpm-lock.yaml', 'pnpm'],
    ['yarn.lock', 'Yarn'],
    ['bun.lock', 'Bun'],
  ])('can not read %s', async (lock, tool) => {
    npm.registry.publish({ name: 'words' });
    await npm.bench.write(`plugin/${lock}`, '');
    await npm.declares({ devDependencies: { words: '1' } });
    await npm.prepare();
    await npm.declares({ dependencies: { words: '1' } });
    expect((await npm.bench.failure('LOCK_UNSUPPORTED', npm.prepare())).details).toMatchObject({ lock, tool });
    await npm.npm('plugin', 'install', '--package-lock-only');
    expect(await npm.prepare()).toMatchObject({ packages: { words: '1.0.0' } });
  });

  test('resolves packages as of a day', async () => {
    npm.registry.publish({ name: 'words', version: '1.0.0' }, {}, '2023-05-01T00:00:00.000Z');
    npm.registry.publish({ name: 'words', version: '1.1.0' }, {}, '2023-06-01T12:00:00.000Z');
    npm.registry.publish({ name: 'words', version: '1.2.0' }, {}, '2023-06-02T12:00:00.000Z');
    await npm.declares({ dependencies: { words: '*' } });
    expect((await npm.prepare({ asOf: '2023-06-01' })).packages).toEqual({ words: '1.1.0' });
  });

  test("brings no SDK of its own, and none that it can't find", async () => {
    npm.registry.publish({ name: 'words' });
    await npm.declares({ dependencies: { words: '1', '@bulkhead/plugin-sdk': '^0.1.0' } });
    expect((await npm.prepare()).packages).toEqual({ words: '1.0.0' });
  });

  test(
    'leaves out optional packages that are for other systems, and overrides what is told to',
    onlyInLongRuns(),
    async () => {
      npm.registry.publish({ name: 'elsewhere', os: ['aix'] });
      npm.registry.publish({ name: 'inner', version: '1.0.0' });
      npm.registry.publish({ name: 'inner', version: '2.0.0' });
      npm.registry.publish({ name: 'outer', dependencies: { inner: '^1' } });
      const dependencies = { outer: '1' };
      await npm.declares({ dependencies, optionalDependencies: { elsewhere: '1' }, overrides: { inner: '2.0.0' } });
      expect((await npm.prepare()).packages).toEqual({ outer: '1.0.0', inner: '2.0.0' });
      await npm.declares({ dependencies, optionalDependencies: { elsewhere: '1' } });
      expect((await npm.prepare()).packages).toEqual({ outer: '1.0.0', inner: '1.0.0' });
    },
  );

  test('runs no scripts of packages', async () => {
    const mark = join(npm.bench.root, 'ran');
    npm.registry.publish({ name: 'scripted', hasInstallScript: true, scripts: { install: `touch ${mark}` } });
    await npm.declares({ dependencies: { scripted: '1' }, scripts: { postinstall: `touch ${mark}` } });
    await npm.prepare();
    expect(existsSync(mark)).toBe(false);
    expect(npm.progress).toContain('left out the install scripts of scripted');
  });
});

describe("packages of this disk, in a plugin's package.json", () => {
  beforeEach(async () => {
    npm.registry.publish({ name: 'inner' });
    await npm.declares({ name: 'lib', version: '1.0.0', main: 'dist/lib.js', dependencies: { inner: '1' } }, 'lib');
    await npm.bench.write('lib/dist/lib.js', 'module.exports = "first";');
    await npm.bench.write('lib/.gitignore', 'dist\n');
    await npm.declares({ dependencies: { lib: 'file:../lib' } });
  });

  test('are packed, with what they need, and the environment is made anew when they change', async () => {
    const first = await npm.prepare();
    expect(first).toMatchObject({
      packages: { lib: '1.0.0', inner: '1.0.0' },
      localSources: [join(npm.bench.root, 'lib')],
    });
    expect(await npm.imported(first, 'lib')).toBe('first');
    expect(existsSync(join(npm.bench.root, 'lib', 'node_modules'))).toBe(false);
    expect(await npm.prepare()).toMatchObject({ built: false });
    await npm.bench.write('lib/dist/lib.js', 'module.exports = "second";');
    const second = await npm.prepare();
    expect(second.built).toBe(true);
    expect(second.identity).not.toBe(first.identity);
    expect(await npm.imported(second, 'lib')).toBe('second');
  });

  test('leave the rest of a lock file in force', async () => {
    await npm.npm('plugin', 'install', '--package-lock-only');
    npm.registry.publish({ name: 'more', version: '1.0.0' });
    await npm.declares({ dependencies: { lib: 'file:../lib', more: '^1' } });
    await npm.npm('plugin', 'install', '--package-lock-only');
    npm.registry.publish({ name: 'more', version: '1.1.0' });
    const environment = await npm.prepare();
    expect(environment.packages).toEqual({ lib: '1.0.0', inner: '1.0.0', more: '1.0.0' });
    expect(await npm.imported(environment, 'lib')).toBe('first');
  });

  test('may be files', async () => {
    await npm.npm('lib', 'pack', '--pack-destination', npm.bench.plugin);
    await npm.declares({ dependencies: { lib: './lib-1.0.0.tgz' } });
    const environment = await npm.prepare();
    expect(environment.localSources).toEqual([join(npm.bench.plugin, 'lib-1.0.0.tgz')]);
    expect(await npm.imported(environment, 'lib')).toBe('first');
  });

  test.each([
    ['file:../nothing', 'nothing is there', 'Correct the path'],
    ['workspace:*', 'npm knows no "workspace:"', 'Write a range'],
    ['link:../lib', 'npm knows no "link:"', 'Write a range'],
    ['catalog:', 'npm knows no "catalog:"', 'Write a range'],
  ])('are refused as %s', async (source, reason, cure) => {
    await npm.declares({ dependencies: { lib: source } });
    const error = await npm.bench.failure('PACKAGE_SOURCE_UNSUPPORTED', npm.prepare());
    expect(error.details).toMatchObject({ packageName: 'lib', source, reason });
    expect(error.advice).toContain(cure);
  });

  test('are not looked for elsewhere if they are members of the same workspace', async () => {
    await npm.bench.write('package.json', '{ "workspaces": ["plugin", "li*"] }');
    await npm.declares({ dependencies: { lib: '*' } });
    await npm.prepare().catch(() => undefined);
    await npm.bench.write('package.json', '{ "workspaces": { "packages": ["./*"] } }');
    const error = await npm.bench.failure('PACKAGE_SOURCE_UNSUPPORTED', npm.prepare());
    expect(error.advice).toBe('Write "file:../lib".');
    expect(npm.registry.asked).not.toContain('inner');
  });
});

describe('a host beside others', () => {
  test('builds an environment once for several processes', async () => {
    npm.registry.publish({ name: 'words' });
    await npm.declares({ dependencies: { words: '1' } });
    const others = [1, 2].map(() => prepareInOtherProcess(npm.bench, 'node', npm.spec()).answer);
    const answers = await Promise.all([...others, npm.prepare()]);
    expect(answers.filter(({ built }) => built)).toHaveLength(1);
    expect(new Set(answers.map(({ runtime }) => runtime.prefix)).size).toBe(1);
    expect(await npm.bench.leftovers()).toEqual([]);
  });

  test('builds anew after a build was killed in the middle', async () => {
    npm.registry.publish({ name: 'words' });
    await npm.declares({ dependencies: { words: '1' } });
    const held = npm.registry.hold('words');
    const { child } = prepareInOtherProcess(npm.bench, 'node', npm.spec());
    await held.begun;
    child.kill('SIGKILL');
    await once(child, 'exit');
    const [left] = await readdir(npm.bench.state.environments);
    expect(left).toBeDefined();
    held.letGo();
    const { built, runtime } = await npm.prepare();
    expect(built).toBe(true);
    expect(await readdir(npm.bench.state.environments)).toEqual([basename(runtime.prefix)]);
    expect(basename(runtime.prefix)).not.toBe(left);
    expect(await npm.bench.leftovers()).toEqual([]);
  });

  test('ends npm and leaves nothing when it is aborted', async () => {
    npm.registry.publish({ name: 'words' });
    await npm.declares({ dependencies: { words: '1' } });
    const held = npm.registry.hold('words');
    const stop = new AbortController();
    const aborted = npm.provider.prepare(npm.spec(), stop.signal, () => undefined);
    await held.begun;
    stop.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    held.letGo();
    expect(await npm.bench.leftovers()).toEqual([]);
    expect(await readdir(npm.bench.state.environments)).toEqual([]);
  });

  test('builds a half-built environment anew, and one whose packages were removed', onlyInLongRuns(), async () => {
    npm.registry.publish({ name: 'words' });
    await npm.declares({ dependencies: { words: '1' } });
    const { prefix } = (await npm.prepare()).runtime;
    await rm(join(prefix, 'bulkhead.json'));
    const second = await npm.prepare();
    expect(second.built).toBe(true);
    await rm(join(second.runtime.prefix, 'node_modules'), { recursive: true });
    expect(await npm.prepare()).toMatchObject({ built: true });
  });
});

describe('what npm is configured to do', () => {
  test("a plugin's .npmrc says where packages come from, and nothing that npm would run", async () => {
    npm.registry.publish({ name: '@acme/words' });
    const mark = join(npm.bench.root, 'ran');
    const program = await npm.bench.write('git', `#!/bin/sh\ntouch ${mark}\n`);
    await chmod(program, 0o755);
    const lines = [
      `@acme:registry=${npm.registry.address}`,
      `git=${program}`,
      'ignore-scripts=false',
      '//127.0.0.1/:_authToken=secret',
    ];
    await npm.bench.write('plugin/.npmrc', lines.join('\n'));
    await npm.declares({ dependencies: { '@acme/words': '1' } });
    npm.bench.variables['npm_config_registry'] = 'http://127.0.0.1:9/';
    const { runtime, packages } = await npm.prepare();
    expect(packages).toEqual({ '@acme/words': '1.0.0' });
    expect(existsSync(join(runtime.prefix, '.npmrc'))).toBe(false);
    expect(await readFile(join(runtime.prefix, 'bulkhead.json'), 'utf8')).not.toContain('secret');
    await npm.declares({ dependencies: { other: 'git+ssh://git@127.0.0.1:9/other.git' } });
    await npm.prepare().catch(() => undefined);
    expect(existsSync(mark)).toBe(false);
  });

  test('another registry makes another environment, unless a lock file decides', onlyInLongRuns(), async () => {
    npm.registry.publish({ name: 'words' });
    await npm.declares({ dependencies: { words: '1' } });
    const first = await npm.prepare();
    const variables = {
      ...npm.bench.variables,
      npm_config_registry: npm.registry.address.replace('127.0.0.1', 'localhost'),
    };
    const elsewhere = environmentsOf({ variables }).node;
    const find = async () => await elsewhere.find(npm.spec(), new AbortController().signal);
    expect(await find()).toBeUndefined();
    await npm.npm('plugin', 'install', '--package-lock-only');
    await npm.prepare();
    expect(await find()).toMatchObject({ packages: first.packages });
  });

  test("variables that are npm's own do not lead it elsewhere", async () => {
    npm.registry.publish({ name: 'words' });
    await npm.declares({ dependencies: { words: '1' } });
    Object.assign(npm.bench.variables, {
      npm_config_prefix: '/nowhere',
      npm_config_workspaces: 'true',
      npm_config_global: 'true',
      npm_config_dry_run: 'true',
      npm_config_omit: 'prod',
      npm_config_package_lock: 'false',
      npm_config_loglevel: 'silent',
    });
    expect((await npm.prepare()).packages).toEqual({ words: '1.0.0' });
  });
});

describe('the link for editors', () => {
  beforeEach(async () => {
    npm.registry.publish({ name: 'words' });
    npm.registry.publish({ name: 'more' });
    await npm.declares({ dependencies: { words: '1' } });
  });
  const link = (): string => join(npm.bench.plugin, 'node_modules');

  test("takes no developer's own node_modules away", async () => {
    const own = await npm.bench.write('plugin/node_modules/mine.js', 'mine');
    await npm.prepare();
    expect(await readFile(own, 'utf8')).toBe('mine');
  });

  test('takes no link of somebody else away', async () => {
    await mkdir(join(npm.bench.root, 'elsewhere'));
    await symlink(join(npm.bench.root, 'elsewhere'), link());
    await npm.prepare();
    expect(await readlink(link())).toBe(join(npm.bench.root, 'elsewhere'));
  });

  test('follows the environment', async () => {
    const first = await npm.prepare();
    expect(dirname(await readlink(link()))).toBe(first.runtime.prefix);
    await npm.declares({ dependencies: { more: '1' } });
    const second = await npm.prepare();
    expect(dirname(await readlink(link()))).toBe(second.runtime.prefix);
    await writeFile(join(npm.bench.plugin, 'plugin.js'), '');
  });
});

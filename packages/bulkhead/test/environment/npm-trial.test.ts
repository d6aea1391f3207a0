import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nodePluginVariables } from '../../src/lifecycle/process-variables.ts';
import { NpmWorkbench } from './npm-workbench.ts';

let npm: NpmWorkbench;
beforeEach(async () => {
  npm = await NpmWorkbench.open();
});
afterEach(async () => {
  await npm.close();
});

/** What the import of a package with that code fails of. */
async function failureOf(code: string, more: object = {}, changes: object = {}) {
  npm.registry.publish({ name: 'odd', version: '2.1.0', ...more }, { 'index.js': code });
  await npm.declares({ dependencies: { odd: '*' } });
  return await npm.bench.failure('TRIAL_IMPORT_FAILED', npm.prepare(changes));
}

describe('the trial import of packages of npm', () => {
  test('takes packages of either kind, and leaves out what is not meant to be imported', async () => {
    npm.registry.publish(
      { name: 'modern', type: 'module', exports: { import: './m.mjs' } },
      { 'm.mjs': 'await 0; export default 1;' },
    );
    npm.registry.publish({ name: 'old' }, { 'index.js': 'console.log("noise"); module.exports = 1;' });
    npm.registry.publish(
      { name: '@types/old', main: '' },
      { 'index.d.ts': '', 'index.js': 'throw new Error("not to be imported")' },
    );
    npm.registry.publish({ name: 'program', bin: './p.js', main: 'none.js' }, { 'p.js': '' });
    npm.registry.publish({ name: 'style', exports: { './x.css': './x.css' } }, { 'x.css': '' });
    const dependencies = { modern: '1', old: '1', '@types/old': '1', program: '1', style: '1' };
    await npm.declares({ dependencies });
    await npm.prepare();
    expect(npm.progress.find((line) => line.startsWith('importing'))).toBe('importing modern, old, program');
  });

  test('finds what a package uses and does not ask for', async () => {
    const error = await failureOf('require("missing-one/part")');
    expect(error.message).toContain('import odd');
    expect(error.details.packages).toEqual([{ name: 'odd', version: '2.1.0', released: undefined }]);
    expect(error.details.cures).toEqual([
      'add "missing-one" to the plugin\'s `dependencies` in package.json: odd uses it and doesn\'t ask for it',
    ]);
    expect(await npm.bench.leftovers()).toEqual([]);
  });

  test('names the package that is to blame, not the one that was imported', async () => {
    npm.registry.publish({ name: 'inner' }, { 'index.js': 'throw new TypeError("inside")' });
    const error = await failureOf('require("inner")', { dependencies: { inner: '1' } });
    expect(error.details.packages.map(({ name }) => name)).toEqual(['inner', 'odd']);
    expect(error.details.reason).toBe('TypeError: inside');
  });

  test.each([
    [
      'was compiled for another Node',
      'const e = new Error("The module was compiled against a different Node.js version using NODE_MODULE_VERSION 93."); e.code = "ERR_DLOPEN_FAILED"; throw e;',
      {},
      /compiled for Node \d+/,
    ],
    [
      'lacks a library of the system',
      'throw new Error("libvips.so.42: cannot open shared object file: No such file")',
      {},
      /system library libvips\.so\.42/,
    ],
    ['needs a newer system', 'throw new Error("/lib/libm.so.6: version `GLIBC_2.38\' not found")', {}, /GLIBC_2\.38/],
    [
      'lacks what its install script makes',
      'throw new Error("Could not locate the bindings file. Tried: build/Release/x.node")',
      { hasInstallScript: true, scripts: { install: 'node-gyp rebuild' } },
      /install scripts are not run/,
    ],
    ['is for another Node', 'syntax error', { engines: { node: '>=90' } }, /"engines": \{ "node": ">=90" \}/],
  ])('tells that a package %s', async (_what, code, more, cure) => {
    const { details } = await failureOf(code, more);
    expect(details.cures.join('\n')).toMatch(cure);
  });

  test('tells what a package did that ends the process', async () => {
    expect((await failureOf('process.exit(7)')).details.reason).toBe('it ended the process, by exit status 7');
  });

  test('is left out where the registry says so, and made up for later', async () => {
    npm.registry.publish({ name: 'words' });
    await npm.declares({ dependencies: { words: '1' } });
    await npm.prepare({ trialImport: false });
    expect(npm.progress).not.toContain('importing words');
    await npm.prepare();
    expect(npm.progress).toContain('importing words');
    expect(await npm.prepare()).toMatchObject({ built: false });
  });

  test('has the variables that the plugin has, and its folder', async () => {
    const seen = join(npm.bench.root, 'seen.json');
    const code = `require("fs").writeFileSync(${JSON.stringify(seen)}, JSON.stringify({ env: process.env, cwd: process.cwd() }))`;
    npm.registry.publish({ name: 'curious' }, { 'index.js': code });
    await npm.declares({ dependencies: { curious: '1' } });
    Object.assign(npm.bench.variables, { NPM_TOKEN: 'secret', NODE_AUTH_TOKEN: 'secret', AWS_SECRET_ACCESS_KEY: 'x' });
    const { launch } = npm.spec();
    const { runtime } = await npm.prepare();
    const { env, cwd } = JSON.parse(await readFile(seen, 'utf8')) as { env: Record<string, string>; cwd: string };
    const { BULKHEAD_BUILD: _mark, ...others } = env;
    expect(others).toEqual(nodePluginVariables(npm.bench.variables, launch, runtime.prefix));
    expect(cwd).toBe(npm.bench.plugin);
  });
});

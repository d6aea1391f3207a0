import { execFile } from 'node:child_process';
import { chmod, cp, link, mkdir, readFile, realpath, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SharedLooks } from '../../src/environment/shared-looks.ts';
import { nodeForPlugin } from '../../src/environment/node/choose-node.ts';
import { discoverNodes } from '../../src/environment/node/node-discovery.ts';
import { npmFor } from '../../src/environment/node/npm.ts';
import { readNpmProject } from '../../src/environment/node/npm-project.ts';
import { Workbench } from './workbench.ts';

const run = promisify(execFile);
const HOST = process.versions.node;

let bench: Workbench;
beforeEach(async () => {
  bench = await Workbench.open();
  const home = join(bench.root, 'home-folder');
  await mkdir(home);
  Object.assign(bench.variables, { HOME: home, PATH: '', BULKHEAD_HOME: bench.state.root });
  for (const name of [
    'NVM_DIR',
    'FNM_DIR',
    'VOLTA_HOME',
    'MISE_DATA_DIR',
    'ASDF_DATA_DIR',
    'NODENV_ROOT',
    'XDG_DATA_HOME',
    'XDG_CONFIG_HOME',
  ])
    delete bench.variables[name];
});
afterEach(async () => {
  await bench.close();
});

const signal = new AbortController().signal;

/** A real Node with another file of its own, as a version manager keeps it. */
async function place(path: string): Promise<string> {
  const file = join(bench.root, 'home-folder', path);
  await mkdir(dirname(file), { recursive: true });
  const host = await realpath(process.execPath);
  await link(host, file).catch(async () => await cp(host, file)); // another file system
  return await realpath(file);
}

/** A program that answers as a Node of that version would. */
async function pose(path: string, version: string): Promise<string> {
  const answer = JSON.stringify({ own: true, version, executable: join(bench.root, path), abi: '1', platform: 'x' });
  const file = await bench.write(path, `#!/bin/sh\necho '${answer}'\n`);
  await chmod(file, 0o755);
  return file;
}

describe('Nodes on a machine', () => {
  test.each([
    ['nvm', '.nvm/versions/node/v22.1.0/bin/node'],
    ['fnm', '.local/share/fnm/node-versions/v22.1.0/installation/bin/node'],
    ['fnm', '.fnm/node-versions/v22.1.0/installation/bin/node'],
    ['volta', '.volta/tools/image/node/22.1.0/bin/node'],
    ['mise', '.local/share/mise/installs/node/22.1.0/bin/node'],
    ['asdf', '.asdf/installs/nodejs/22.1.0/bin/node'],
    ['nodenv', '.nodenv/versions/22.1.0/bin/node'],
  ])('are found where %s keeps them: %s', async (origin, path) => {
    const executable = await place(path);
    const { nodes, searched } = await discoverNodes(bench.state, bench.variables, signal);
    expect(nodes.find((each) => each.executable === executable)).toMatchObject({
      version: HOST,
      origin,
      standing: 'kept',
    });
    expect(searched).toContain(origin);
  });

  test('are found where variables of their tools say', async () => {
    const [nvm, fnm] = await Promise.all([
      place('a/versions/node/v1/bin/node'),
      place('b/node-versions/v1/installation/bin/node'),
    ]);
    const home = join(bench.root, 'home-folder');
    Object.assign(bench.variables, { NVM_DIR: join(home, 'a'), FNM_DIR: join(home, 'b') });
    const { nodes } = await discoverNodes(bench.state, bench.variables, signal);
    const origins = new Map(nodes.map(({ executable, origin }) => [executable, origin]));
    expect([origins.get(nvm), origins.get(fnm)]).toEqual(['nvm', 'fnm']);
  });

  test("are the host's own and that of the PATH before others, and each once", async () => {
    const executable = await place('.nvm/versions/node/v1/bin/node');
    await mkdir(join(bench.root, 'bin'));
    await symlink(executable, join(bench.root, 'bin', 'node'));
    bench.variables['PATH'] = join(bench.root, 'bin');
    const { nodes } = await discoverNodes(bench.state, bench.variables, signal);
    expect(nodes[0]).toMatchObject({
      executable: await realpath(process.execPath),
      origin: "the host's own",
      standing: 'host',
    });
    expect(nodes.filter((each) => each.executable === executable)).toMatchObject([
      { origin: 'nvm', standing: 'default' },
    ]);
  });

  test('are asked once, and what poses as one is none', async () => {
    const counter = join(bench.root, 'asked');
    const file = await bench.write('bin/node', `#!/bin/sh\necho x >> ${counter}\necho '{ "version": "9.9.9" }'\n`);
    await chmod(file, 0o755);
    bench.variables['PATH'] = dirname(file);
    for (const _ of [1, 2]) {
      const { nodes } = await discoverNodes(bench.state, bench.variables, signal);
      expect(nodes.map(({ version }) => version)).not.toContain('9.9.9');
    }
    expect(await readFile(counter, 'utf8')).toBe('x\n');
  });
});

describe('the Node of a plugin', () => {
  const choose = async (engines: readonly string[], file = 'plugin.js', preferred: readonly string[] = []) =>
    await nodeForPlugin(
      'sample',
      { engines, preferred, entryPoints: [file] },
      { state: bench.state, variables: bench.variables, looks: new SharedLooks(), signal },
    );

  test("is the host's own where its engines allow, else the PATH's, else the newest", async () => {
    await pose('home-folder/.nvm/versions/node/v90.0.0/bin/node', '90.0.0');
    await pose('home-folder/.nvm/versions/node/v91.0.0/bin/node', '91.0.0');
    expect((await choose([])).version).toBe(HOST);
    expect((await choose([`>=${HOST}`])).version).toBe(HOST);
    expect(await choose(['>=90'])).toMatchObject({ version: '91.0.0', origin: 'nvm' });
    expect((await choose(['>=90', '<91'])).version).toBe('90.0.0');
    const onPath = await pose('bin/node', '90.1.0');
    bench.variables['PATH'] = dirname(onPath);
    expect((await choose(['>=90'])).version).toBe('90.1.0');
  });

  test('runs TypeScript as it is, where one can', async () => {
    await pose('home-folder/.nvm/versions/node/v90.0.0/bin/node', '90.0.0');
    const isAble = /^(?:22\.(?:1[89]|[2-9]\d)|2[4-9]|23\.[6-9])/.test(HOST);
    expect((await choose([], 'plugin.ts')).version).toBe(isAble ? HOST : '90.0.0');
  });

  test('is one that its author prefers, where one is there that fits', async () => {
    await pose('home-folder/.nvm/versions/node/v90.0.0/bin/node', '90.0.0');
    await pose('home-folder/.nvm/versions/node/v91.0.0/bin/node', '91.0.0');
    expect((await choose([], 'plugin.js', ['90'])).version).toBe('90.0.0');
    expect((await choose([], 'plugin.js', ['92'])).version).toBe(HOST);
    expect((await choose([], 'plugin.js', ['90', '91'])).version).toBe(HOST);
  });

  test.each([
    ['22\n', '22'],
    ['# of the team\nv22.18.0 # the same as in CI\n', '22.18.0'],
    ['lts/*', undefined],
    ['node', undefined],
    ['', undefined],
  ])('is named in .nvmrc by %j as %j', async (text, preferredNode) => {
    await bench.write('plugin/.nvmrc', text);
    const spec = bench.spec({ kind: 'node', python: undefined });
    expect(await readNpmProject(spec)).toMatchObject({ preferredNode });
  });

  test('is named by .node-version before .nvmrc, and by engines before both', async () => {
    await bench.write('plugin/.nvmrc', '20');
    await bench.write('plugin/.node-version', '24');
    const spec = bench.spec({ kind: 'node', python: undefined });
    expect(await readNpmProject(spec)).toMatchObject({ preferredNode: '24' });
    await bench.write('plugin/package.json', '{ "engines": { "node": ">=22" } }');
    expect(await readNpmProject(spec)).toMatchObject({ preferredNode: undefined, engines: '>=22' });
  });

  test('is missing where none fits, and an old one never does', async () => {
    await pose('home-folder/.nvm/versions/node/v18.20.0/bin/node', '18.20.0');
    const error = await bench.failure('NODE_NOT_FOUND', choose(['<20']));
    expect(error.details.wanted).toBe('<20');
    expect(error.details.found).toEqual(expect.arrayContaining([`${HOST} (the host's own)`, '18.20.0 (nvm)']));
    expect(error.advice).toContain('nvm');
    expect(error.details.searched).toEqual(expect.arrayContaining(["the host's own", 'PATH', 'nvm']));
  });
});

describe('the npm of a Node', () => {
  const node = (executable: string) => ({ executable, version: '22.0.0', origin: 'nvm' });

  test('is the one beside it', async () => {
    const cli = await bench.write('a/lib/node_modules/npm/bin/npm-cli.js', '');
    await bench.write('a/lib/node_modules/npm/package.json', '{ "name": "npm", "version": "10.9.1" }');
    expect(await npmFor('sample', node(join(bench.root, 'a/bin/node')), {})).toEqual({ cli, version: '10.9.1' });
  });

  test("else the host's own, or that of the PATH", async () => {
    const found = await npmFor('sample', node(join(bench.root, 'nowhere/bin/node')), process.env);
    expect(found.cli).toMatch(/npm-cli\.js$/);
    expect(found.version).toMatch(/^\d+\./);
  });

  test('is missing where neither has one', async () => {
    const executable = await place('alone/bin/node');
    const module = new URL('../../dist/environment/node/npm.js', import.meta.url).href;
    const alone = JSON.stringify({ executable, version: HOST, origin: 'PATH' });
    const script = `import('${module}').then(({ npmFor }) => npmFor('sample', ${alone}, {})).catch((error) => console.log(error.code, error.message))`;
    const { stdout } = await run(executable, ['-e', script], { env: { PATH: '' } });
    expect(stdout).toBe(
      `NPM_UNAVAILABLE There is no npm to install the packages of plugin "sample": none belongs to Node ${HOST} (${executable}) or to the host's own, and none is on the PATH.\n`,
    );
  });
});

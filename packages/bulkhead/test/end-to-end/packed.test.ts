import { mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REPOSITORY } from '../documentation/repository.ts';
import { sharedTools } from '../environment/shared-uv.ts';
import { fixture, TEST_HOME } from '../test-home.ts';

const run = promisify(execFile);
const FIXTURES = fixture('plugins');
const PACKAGES = ['protocol', 'plugin-sdk', 'plugin-sdk-python', 'bulkhead'];

/** What `npm pack --json` says of a tarball. */
interface Packed {
  readonly name: string;
  readonly version: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** The packages as their users get them: packed, and installed into a project that knows nothing of this repository. */
describe('the packed packages', () => {
  let project: string;
  let packed: readonly Packed[];
  let variables: NodeJS.ProcessEnv;

  beforeAll(async () => {
    project = await realpath(await mkdtemp(join(tmpdir(), 'bulkhead-packed-')));
    variables = { ...process.env, BULKHEAD_HOME: TEST_HOME, BULKHEAD_UV: (await sharedTools()).uv, NO_COLOR: '1' };
    const folders = PACKAGES.map((name) => `./packages/${name}`);
    const { stdout } = await run(
      'npm',
      ['pack', '--json', '--ignore-scripts', '--pack-destination', project, ...folders],
      { cwd: REPOSITORY },
    );
    packed = JSON.parse(stdout) as Packed[];
    await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }\n');
    const tarballs = packed.map(({ filename }) => `./${filename}`);
    await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', ...tarballs], {
      cwd: project,
    });
  });
  afterAll(async () => await rm(project, { recursive: true, force: true }));

  it.each(PACKAGES)('hold what is to be published of %s, and no more', (name) => {
    const { files = [] } = packed.find((each) => each.name.endsWith(name)) ?? {};
    const paths = files.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
    expect(
      paths.filter((path) => /(^|\/)tests?\/|tsbuildinfo$|__pycache__|\.pyc$|(^|\/)\.|\.test\./.test(path)),
    ).toEqual([]);
    expect(paths.some((path) => /^(src|dist)\//.test(path))).toBe(true);
  });

  it('hold what the sources were built into', () => {
    const pathsOf = (end: string): readonly string[] =>
      packed.find(({ name }) => name.endsWith(end))?.files.map(({ path }) => path) ?? [];
    const stems = (paths: readonly string[], folder: string, ending: string): string[] =>
      paths
        .filter((path) => path.startsWith(`${folder}/`) && path.endsWith(ending))
        .map((path) => path.slice(folder.length + 1, -ending.length));
    const [protocol, host] = [pathsOf('protocol'), pathsOf('bulkhead')];
    for (const paths of [protocol, host])
      expect(stems(paths, 'dist', '.d.ts')).toEqual(expect.arrayContaining(stems(paths, 'src', '.ts')));
    expect(stems(protocol, 'dist', '.js')).toEqual(expect.arrayContaining(stems(protocol, 'src', '.ts')));
    // the host's sources are a few files, the packages that became part of them named beside
    expect(stems(host, 'dist', '.js').filter((path) => !path.startsWith('bundle/'))).toEqual([]);
    expect(host).toEqual(expect.arrayContaining(['index.js', 'cli/main.js', 'LICENSES.txt'].map(inBundle)));
  });

  it('bring no second copy of a package, and nothing of this repository', async () => {
    const { stdout } = await run('npm', ['ls', '--all', '--parseable'], { cwd: project });
    const own = stdout.split('\n').filter((path) => /node_modules\/(@bulkhead\/[\w-]+|bulkhead)$/.test(path));
    expect(own.map((path) => path.slice(project.length)).toSorted()).toEqual([
      '/node_modules/@bulkhead/plugin-sdk',
      '/node_modules/@bulkhead/plugin-sdk-python',
      '/node_modules/@bulkhead/protocol',
      '/node_modules/bulkhead',
    ]);
    expect(await realpath(join(project, 'node_modules', 'bulkhead'))).toBe(join(project, 'node_modules', 'bulkhead'));
  });

  it('have declarations that a strict project can use', async () => {
    await writeFile(join(project, 'consumer.ts'), CONSUMER);
    const types = join(REPOSITORY, 'node_modules', '@types');
    const options = [
      '--ignoreConfig',
      '--noEmit',
      '--strict',
      '--exactOptionalPropertyTypes',
      '--noUncheckedIndexedAccess',
      '--skipLibCheck',
      'false',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--lib',
      'es2023,esnext.disposable',
      '--typeRoots',
      types,
      '--types',
      'node',
    ];
    const compiler = join(REPOSITORY, 'node_modules', 'typescript', 'bin', 'tsc');
    const { stdout } = await run(process.execPath, [compiler, ...options, 'consumer.ts'], { cwd: project }).catch(
      (error: unknown) => error as { stdout: string },
    );
    expect(stdout).toBe('');
  });

  it('run a plugin from the command line and from a program', async () => {
    const npx = async (...parameters: string[]): Promise<string> =>
      (await run('npx', ['--no', '--', 'bulkhead', ...parameters], { cwd: project, env: variables })).stdout;
    expect((await npx('--version')).trim()).toBe(packed.find(({ name }) => name === 'bulkhead')?.version);
    await npx('init');
    await npx('new', 'hello');
    expect(JSON.parse(await npx('run', 'hello', '--input', '{"name": "Ada"}'))).toEqual({ message: 'Hello, Ada!' });

    await writeFile(join(project, 'program.js'), PROGRAM);
    const { stdout } = await run(process.execPath, ['program.js'], { cwd: project, env: variables });
    expect(JSON.parse(stdout)).toEqual({
      answer: { message: 'Hello, Grace!' },
      refused: 'ACTION_UNKNOWN',
      schema: 'object',
    });

    // what is installed may belong to another user
    const installed = await readdir(join(project, 'node_modules', '@bulkhead'), { recursive: true });
    expect(installed.some((path) => path.endsWith('bootstrap.py'))).toBe(true);
    // pip can install it from there
    expect(installed.some((path) => path.endsWith('plugin-sdk-python/pyproject.toml'))).toBe(true);
    expect(installed.filter((path) => path.includes('__pycache__'))).toEqual([]);
  });

  it.each([
    ['zeromq', 'zeromq'],
    ['grpc', '@grpc/grpc-js'],
  ])('say what to install for transport %s whose package is not there', async (transport, name) => {
    const registry = `plugins: [{ id: hello, path: ${join(FIXTURES, 'echo')}, transport: ${transport} }]`;
    await writeFile(join(project, 'wire.yaml'), registry);
    await writeFile(join(project, 'wire.js'), WIRE);
    const { stdout } = await run(process.execPath, ['wire.js'], { cwd: project, env: variables });
    expect(JSON.parse(stdout)).toMatchObject({
      code: 'TRANSPORT_PACKAGE_MISSING',
      side: 'host',
      advice: expect.stringContaining(`npm install ${name}`),
    });
  });
});

const inBundle = (path: string): string => `dist/bundle/${path}`;

const CONSUMER = `
import { BulkheadError, type ErrorCode, isBulkheadError, NdArray, PluginManager, type PluginStatus } from 'bulkhead';

const manager: PluginManager = await PluginManager.open('plugins.yaml', { startAhead: false });
const statuses: readonly PluginStatus[] = manager.plugins();
const version: string | undefined = statuses[0]?.packages?.['numpy'];
try {
  const answer: unknown = await manager.executePlugin('hello', { version }, { action: 'execute', timeout: 1000, signal: AbortSignal.timeout(1) });
  if (answer instanceof NdArray) console.log(answer);
} catch (error) {
  if (!isBulkheadError(error)) throw error;
  const code: ErrorCode = error.code;
  if (error instanceof BulkheadError && code === 'PLUGIN_RAISED') console.log(error.context.remoteTraceback, error.blame, error.advice);
}
// @ts-expect-error a plugin is called by its id
await manager.executePlugin(1);
await manager.close();
`;

const WIRE = `
import { PluginManager } from 'bulkhead';

const manager = await PluginManager.open('wire.yaml');
const { code, advice, details } = await manager.executePlugin('hello').catch((reason) => reason);
console.log(JSON.stringify({ code, advice, side: details.side }));
await manager.close();
`;

const PROGRAM = `
import { readFileSync } from 'node:fs';
import { isBulkheadError, PluginManager } from 'bulkhead';

const manager = await PluginManager.open('plugins.yaml');
const answer = await manager.executePlugin('hello', { name: 'Grace' });
const error = await manager.executePlugin('hello', {}, { action: 'shout' }).catch((reason) => reason);
await manager.close();
const schema = JSON.parse(readFileSync(new URL(import.meta.resolve('bulkhead/registry.schema.json')), 'utf8'));
console.log(JSON.stringify({ answer, refused: isBulkheadError(error) && error.code, schema: schema.type }));
`;

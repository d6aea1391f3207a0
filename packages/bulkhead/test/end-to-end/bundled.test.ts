import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import commonjs from '@rollup/plugin-commonjs';
import json from '@rollup/plugin-json';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import ncc from '@vercel/ncc';
import * as esbuild from 'esbuild';
import { type Plugin, rollup } from 'rollup';
import * as vite from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { REPOSITORY } from '../documentation/repository.ts';
import { sharedTools } from '../environment/shared-uv.ts';
import { fixture, TEST_HOME } from '../test-home.ts';

const ENTRY = fixture('programs/bundled-host.js');
const SDK = join(REPOSITORY, 'packages', 'plugin-sdk-python', 'src');

/** Each writes one file that holds host, library and all that they import, ncc some beside it, as docs/bundling.md says. */
const BUNDLERS: Readonly<Record<string, (file: string) => Promise<unknown>>> = {
  'esbuild.mjs': async (outfile) =>
    await esbuild.build({
      entryPoints: [ENTRY],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    }),
  'esbuild.cjs': async (outfile) =>
    await esbuild.build({
      entryPoints: [ENTRY],
      outfile,
      bundle: true,
      platform: 'node',
      logOverride: { 'empty-import-meta': 'silent' },
    }),
  'rollup.mjs': async (file) => await bundleByRollup(file, 'es'),
  'rollup.cjs': async (file) => await bundleByRollup(file, 'cjs'),
  'vite.mjs': async (file) =>
    await vite.build({
      configFile: false,
      logLevel: 'error',
      ssr: { noExternal: true },
      build: {
        ssr: ENTRY,
        outDir: join(file, '..'),
        emptyOutDir: false,
        rolldownOptions: { output: { entryFileNames: 'vite.mjs', codeSplitting: false } },
      },
    }),
  'ncc.mjs': async (file) => {
    const { code, assets } = await ncc(ENTRY, { quiet: true, cache: false });
    await writeFile(file, code);
    for (const [name, { source }] of Object.entries(assets)) await writeFile(join(file, '..', name), source);
  },
};

let folder: string;
let registry: string;
let variables: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'bulkhead-bundled-')));
  registry = join(folder, 'plugins.yaml');
  await writeFile(registry, `plugins:\n  - { id: echo, path: ${fixture('plugins/echo')} }\n`);
  variables = { ...process.env, BULKHEAD_HOME: TEST_HOME, BULKHEAD_UV: (await sharedTools()).uv };
});

afterAll(async () => await rm(folder, { recursive: true }));

describe.each(Object.keys(BUNDLERS))('a host in one file: %s', (name) => {
  let dist: string;
  let file: string;

  beforeAll(async () => {
    dist = join(folder, name.replace('.', '-'));
    file = join(dist, name);
    await mkdir(dist);
    await BUNDLERS[name]?.(file);
  });

  test('says what is missing and what to do, where the SDK is not beside it', async () => {
    const said = await run(file, registry);
    expect(said).toMatch(/^SDK_NOT_FOUND: .*Copy the folder plugin_sdk .*BULKHEAD_PYTHON_SDK/);
    expect(said).toContain(dist);
  });

  test('finds the SDK by an option, by a variable, and beside it', async () => {
    expect(await run(file, registry, SDK)).toBe('hello\n');
    variables['BULKHEAD_PYTHON_SDK'] = SDK;
    expect(await run(file, registry)).toBe('hello\n');
    delete variables['BULKHEAD_PYTHON_SDK'];
    await cp(join(SDK, 'plugin_sdk'), join(dist, 'plugin_sdk'), { recursive: true });
    expect(await run(file, registry)).toBe('hello\n');
  });
});

/** What the program writes to standard output. */
async function run(...parameters: string[]): Promise<string> {
  const options = { cwd: folder, env: variables };
  const output = await promisify(execFile)(process.execPath, parameters, options).catch(
    (error: { stdout: string; stderr: string }) => error,
  );
  return output.stdout === '' ? output.stderr : output.stdout;
}

async function bundleByRollup(file: string, format: 'es' | 'cjs'): Promise<void> {
  const others = [commonjs, json] as unknown as readonly (() => Plugin)[]; // their types are those of a CommonJS module
  const plugins = [nodeResolve({ preferBuiltins: true, exportConditions: ['node'] }), ...others.map((make) => make())];
  const bundle = await rollup({ input: ENTRY, plugins, onwarn: () => {} });
  await bundle.write({ file, format, inlineDynamicImports: true });
  await bundle.close();
}

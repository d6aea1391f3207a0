import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Workshop } from '../cli/workshop.ts';

const BUNDLE = fileURLToPath(new URL('../../dist/bundle/', import.meta.url));
const LIBRARY = new URL('../../dist/bundle/index.js', import.meta.url).href;

/** What a process has loaded of the published host. */
interface Loaded {
  /** Of the bundle. */
  readonly files: readonly string[];
  /** Such as `src/index.ts` and `yaml`. */
  readonly modules: ReadonlySet<string>;
  readonly stderr: string;
}

let workshop: Workshop;

beforeAll(async () => {
  workshop = await Workshop.open();
  await workshop.run(['init']);
  await workshop.run(['new', 'hello']);
});

afterAll(async () => await workshop[Symbol.asyncDispose]());

/** Node tells of each script that it has loaded when it is asked for the coverage. */
async function loadedBy(...parameters: readonly string[]): Promise<Loaded> {
  const folder = await mkdtemp(join(tmpdir(), 'bulkhead-loaded-'));
  try {
    const env = workshop.variables({ NODE_V8_COVERAGE: folder });
    const options = { cwd: workshop.folder, env, extendEnv: false };
    const { stderr } = await execa(process.execPath, parameters, options);
    const reports = await Promise.all(
      (await readdir(folder)).map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as Report),
    );
    const urls = new Set(reports.flatMap(({ result }) => result.map(({ url }) => url)));
    const files = [...urls]
      .filter((url) => url.startsWith('file:'))
      .map((url) => fileURLToPath(url))
      .filter((file) => file.startsWith(BUNDLE));
    const texts = await Promise.all(files.map(async (file) => await readFile(file, 'utf8')));
    return { files, modules: new Set(texts.flatMap((text) => modulesIn(text))), stderr };
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface Report {
  readonly result: readonly { readonly url: string }[];
}

/** The bundler writes the path of each module above its code. */
function modulesIn(text: string): string[] {
  return [...text.matchAll(/^\s*(?:\/\/ |")(?:\S*node_modules\/((?:@[^/\s]+\/)?[^/\s]+)\/\S+|(src\/\S+\.ts))/gm)].map(
    ([, name, own]) => name ?? own ?? '',
  );
}

/** None of them is in any file that a start is to load. */
const LATE = [
  'chokidar',
  '@cfworker/json-schema',
  'src/conflicts/check-plugins.ts',
  'src/verification/verify-variant.ts',
];

describe('a cold shell', () => {
  test('loads few files for the library, and none of what is needed later', async () => {
    const { files, modules } = await loadedBy('--input-type=module', '-e', `import '${LIBRARY}'`);
    expect(files.length).toBeLessThanOrEqual(6);
    expect(modules).toContain('src/manager/plugin-manager.ts');
    const late = [...LATE, 'yaml', 'semver', 'commander', 'src/registry/read-registry.ts'];
    expect(late.filter((name) => modules.has(name))).toEqual([]);
  });

  test('loads no manager where the command needs none', async () => {
    const { modules } = await loadedBy(join(BUNDLE, 'cli', 'main.js'), '--version');
    expect(modules).toContain('commander');
    expect(modules).not.toContain('src/manager/plugin-manager.ts');
  });

  test('loads for `bulkhead run` only what a plugin in Python needs', async () => {
    const { files, modules } = await loadedBy(join(BUNDLE, 'cli', 'main.js'), 'run', 'hello');
    expect(files.length).toBeLessThanOrEqual(30);
    expect(modules).toContain('yaml');
    const late = [...LATE, 'src/environment/node/npm-environment.ts', 'src/environment/venv/venv-environment.ts'];
    expect(late.filter((name) => modules.has(name))).toEqual([]);
  });
});

test('stacks of the published host name the line of the source', async () => {
  const program = `
    import { PluginManager } from '${LIBRARY}';
    await PluginManager.open('missing.yaml').catch((error) => console.error(error.stack));`;
  const { stderr } = await execa(process.execPath, ['--enable-source-maps', '--input-type=module', '-e', program], {
    cwd: workshop.folder,
    env: workshop.variables(),
    extendEnv: false,
  });
  const frames = [...stderr.matchAll(/\(?((?:file:\/\/)?\/\S+\.ts):(\d+):\d+\)?$/gm)];
  const sources = join(dirname(dirname(BUNDLE)), 'src') + sep;
  const [, url = '', line = '0'] = frames[0] ?? [];
  const file = url.startsWith('file:') ? fileURLToPath(url) : url;
  expect(file.startsWith(sources), stderr).toBe(true);
  const text = (await readFile(file, 'utf8')).split('\n')[Number(line) - 1];
  expect(text, `${file}:${line}`).toMatch(/new BulkheadError\('REGISTRY_NOT_FOUND'/);
});

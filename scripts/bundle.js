// Makes the library and the command each a file or two instead of hundreds: most of the time of `import 'bulkhead'` went into
// finding and reading those. What package.json calls a dependency stays outside, but for the protocol; the other packages become part
// of the files, with their licences beside them.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

/** Packages in CommonJS ask for modules of Node by `require`, which an ES module does not have. */
const REQUIRE_OF_NODE = 'const require = (name) => process.getBuiltinModule(name);';

/** @param {string} root */
export async function bundle(root) {
  const host = join(root, 'packages', 'bulkhead');
  const target = join(host, 'dist', 'bundle');
  const options = {
    entryPoints: ['src/index.ts', 'src/cli/main.ts'],
    outbase: 'src',
    external: externalPackages(host),
    banner: { js: REQUIRE_OF_NODE },
  };
  const { metafile: apart } = await bundled(host, options);
  const { outputFiles, metafile } = await bundled(host, { ...options, plugins: [inOrder(host, apart)] });
  const wanted = new Map(outputFiles.map(({ path, contents }) => [path, contents]));
  wanted.set(join(target, 'LICENSES.txt'), Buffer.from(licences(host, Object.keys(metafile.inputs))));
  writeChanged(target, wanted);
  await bundleSdk(join(root, 'packages', 'plugin-sdk'));
}

/**
 * Has what is loaded later import what was loaded before it. esbuild makes a file of each set of modules that the same entries need,
 * and all are entries that are imported by `import()`: without this the host would be some ninety files, each of which takes time to
 * find.
 *
 * @param {string} host @param {import('esbuild').Metafile} apart of a build without this
 * @returns {import('esbuild').Plugin}
 */
function inOrder(host, { inputs, outputs }) {
  const atOnce = new Set(['src/index.ts', 'src/cli/main.ts']);
  for (const path of atOnce)
    for (const { path: imported, kind } of inputs[path]?.imports ?? [])
      if (kind === 'import-statement') atOnce.add(imported);
  const later = Object.values(outputs).flatMap(({ entryPoint = '' }) => (inputs[entryPoint] ? [entryPoint] : []));
  const laterStages = join(host, 'src', 'manager', 'later-stages.ts');
  const before = new Map(later.filter((path) => !atOnce.has(path)).map((path) => [join(host, path), laterStages]));
  before.set(laterStages, join(host, 'src', 'index.ts'));
  return {
    name: 'in-order',
    setup: ({ onLoad }) =>
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const earlier = before.get(path);
        if (earlier === undefined) return undefined;
        return { contents: `${readFileSync(path, 'utf8')}\nimport ${JSON.stringify(earlier)};\n`, loader: 'ts' };
      }),
  };
}

/**
 * What a plugin's process loads before the plugin. It lies in one folder without folders below: the bootstrap looks for the other
 * files beside itself.
 *
 * @param {string} folder
 */
async function bundleSdk(folder) {
  const { outputFiles } = await bundled(folder, {
    entryPoints: [
      'index',
      'testing',
      'process/bootstrap',
      'process/older-node',
      'wire/control-thread',
      'group/group',
      'group/member-thread',
    ].map((each) => `src/${each}.ts`),
    outdir: join(folder, 'dist', 'plugin-sdk'),
    entryNames: '[name]',
    chunkNames: '[name]-[hash]',
  });
  const target = join(folder, 'dist', 'plugin-sdk');
  const wanted = new Map(outputFiles.map(({ path, contents }) => [path, contents]));
  // The folder is mounted into containers, and copied beside bundled hosts, without the package.json above it.
  wanted.set(join(target, 'package.json'), Buffer.from('{ "type": "module" }\n'));
  writeChanged(target, wanted);
}

/** @param {string} folder @param {import('esbuild').BuildOptions} options */
async function bundled(folder, options) {
  return await build({
    absWorkingDir: folder,
    outdir: join(folder, 'dist', 'bundle'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'warning',
    ...options,
    metafile: true,
    write: false,
  });
}

/** @param {string} folder */
function externalPackages(folder) {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  // of the protocol only the .proto files are looked for at run time
  return Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => name !== '@bulkhead/protocol');
}

/**
 * The licences of the packages that became part of the bundle.
 *
 * @param {string} folder @param {readonly string[]} inputs paths from there
 */
function licences(folder, inputs) {
  const packages = new Set(inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []));
  const texts = [...packages].sort().map((path) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, path, 'package.json'), 'utf8'));
    const file = readdirSync(join(folder, path)).find((each) => /^licen[cs]e/i.test(each));
    const text = file === undefined ? '' : `\n${readFileSync(join(folder, path, file), 'utf8').trim()}\n`;
    return `${name} ${version} (${license})\n${text}`;
  });
  return `These packages are part of the files in this folder.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

/**
 * Writes what is new and removes what is not wanted any more, so that a program which runs meanwhile misses nothing.
 *
 * @param {string} folder @param {ReadonlyMap<string, Uint8Array>} wanted contents by path
 */
function writeChanged(folder, wanted) {
  for (const [path, contents] of wanted) {
    if (existsSync(path) && readFileSync(path).equals(contents)) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, contents);
  }
  for (const name of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(name.parentPath, name.name);
    if (name.isFile() && !wanted.has(path)) rmSync(path);
  }
}

// Makes the library and the command each a file or two instead of hundreds: most of the time of `import 'bulkhead'` went into
// finding and reading those. What package.json calls a dependency stays outside; the other packages become part of the files,
// with their licences beside them.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

/** Packages in CommonJS ask for modules of Node by `require`, which an ES module does not have. */
const REQUIRE_OF_NODE = 'const require = (name) => process.getBuiltinModule(name);';

/** @param {string} root */
export async function bundle(root) {
  const host = join(root, 'packages', 'bulkhead');
  const target = join(host, 'dist', 'bundle');
  const { outputFiles, metafile } = await bundled(host, {
    entryPoints: ['src/index.ts', 'src/cli/main.ts'],
    outbase: 'src',
    external: externalPackages(host),
    banner: { js: REQUIRE_OF_NODE },
  });
  const wanted = new Map(outputFiles.map(({ path, contents }) => [path, contents]));
  wanted.set(join(target, 'LICENSES.txt'), Buffer.from(licences(host, Object.keys(metafile.inputs))));
  writeChanged(target, wanted);
  await bundleSdk(join(root, 'packages', 'plugin-sdk'));
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
  return Object.keys({ ...dependencies, ...peerDependencies });
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

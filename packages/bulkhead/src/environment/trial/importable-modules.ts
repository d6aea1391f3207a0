import { type InstalledPackage, recordedFiles } from './installed-packages.ts';

const MODULE_FILE = /^([A-Za-z]\w*)(?:\.py|(?:\.[\w-]+)?\.(?:so|pyd))$/;
/** Folders that distributions drop beside their packages by mistake. */
const NOT_MODULES = new Set([
  'tests',
  'test',
  'testing',
  'docs',
  'doc',
  'examples',
  'example',
  'benchmarks',
  'scripts',
  'bin',
  'include',
  'lib',
  'share',
  'setup',
  'conftest',
]);
const MOST = 8;

/**
 * The modules that a distribution is imported by, from the list of its files; empty when it has none. Where one has the
 * distribution's own name, only that: what else lies at the top is more often litter than interface.
 */
export async function importableModules(distribution: InstalledPackage): Promise<string[]> {
  const files = (await recordedFiles(distribution)).filter(
    (file) => !file.startsWith('..') && !file.includes('.dist-info/'),
  );
  const modules = [...new Set([...topLevelFiles(files), ...shallowestPackages(files)])].filter(
    (name) => !NOT_MODULES.has(name),
  );
  const own = modules.find((name) => name.toLowerCase().replaceAll('_', '-') === distribution.name);
  return own === undefined ? modules.slice(0, MOST) : [own];
}

function topLevelFiles(files: readonly string[]): string[] {
  return files.flatMap((file) => MODULE_FILE.exec(file)?.[1] ?? []);
}

/** Of `google/cloud/storage/__init__.py` and what is below it: `google.cloud.storage`, for `google` itself is a namespace. */
function shallowestPackages(files: readonly string[]): string[] {
  const packages = files
    .filter((file) => /(^|\/)__init__\.(py|[\w-]+\.so|pyd)$/.test(file))
    .map((file) => file.split('/').slice(0, -1))
    .filter((parts) => parts.length > 0 && parts.every((part) => /^[A-Za-z]\w*$/.test(part)));
  const shallowest = new Map<string, number>();
  for (const [top = '', ...rest] of packages)
    shallowest.set(top, Math.min(shallowest.get(top) ?? Number.POSITIVE_INFINITY, rest.length));
  return packages.filter(([top = '', ...rest]) => rest.length === shallowest.get(top)).map((parts) => parts.join('.'));
}

import { join } from 'node:path';
import { isMissing } from '../lifecycle/read-regular-file.ts';
import { type Language, type Manifest, type ManifestFile, manifestInvalid, readManifestText } from './manifest-file.ts';
import { readPyproject } from './pyproject.ts';

/** What the registry says of who makes the plugin's environment. */
export type WrittenEnvironment = 'uv' | 'venv' | 'node' | undefined;

/**
 * Reads the manifest: `[tool.bulkhead]` of pyproject.toml, or `"bulkhead"` of package.json. It is empty if neither has one.
 *
 * @throws BulkheadError MANIFEST_INVALID with all mistakes.
 */
export async function readManifest(folder: string, plugin: string, written: WrittenEnvironment): Promise<Manifest> {
  const [pyproject, packageJson] = await Promise.all([
    readPyproject(join(folder, 'pyproject.toml')),
    packageJsonIn(folder),
  ]);
  const found = { python: pyproject?.saysSo ?? false, node: packageJson?.saysSo ?? false };
  const message = problemOf(written, found);
  if (message !== undefined) throw manifestInvalid(plugin, [{ file: folder, line: 1, column: 1, message }]);
  const language: Language = written === 'node' || (written === undefined && found.node) ? 'node' : 'python';
  return (language === 'node' ? packageJson : pyproject)?.read(plugin) ?? { language };
}

/** Most plugins have none: what reads it is loaded for those that do. */
async function packageJsonIn(folder: string): Promise<ManifestFile | undefined> {
  const file = join(folder, 'package.json');
  const source = isMissing(file) ? undefined : await readManifestText(file);
  return source === undefined ? undefined : (await import('./package-json.ts')).readPackageJson(file, source);
}

/** Only the registry can say which of two is meant, and it can't say what none of them is. */
function problemOf(
  written: WrittenEnvironment,
  { python, node }: Readonly<Record<Language, boolean>>,
): string | undefined {
  if (written === 'node')
    return python && !node
      ? 'its pyproject.toml says that this is a plugin in Python, and the registry says `environment: node`; write uv in its entry'
      : undefined;
  if (written !== undefined)
    return node && !python
      ? `its package.json says that this is a plugin of Node, and the registry says \`environment: ${written}\`; write node in its entry`
      : undefined;
  return python && node
    ? 'both pyproject.toml ([tool.bulkhead]) and package.json ("bulkhead") say what this plugin is; remove one of them, or write `environment: uv` or `environment: node` in its entry of the registry'
    : undefined;
}

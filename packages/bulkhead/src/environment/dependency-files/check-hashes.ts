import { parse, stringify } from 'smol-toml';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { normaliseName } from '../../requirements/package-name.ts';
import { isTable, textAt, type TomlTable } from '../requirements/toml-table.ts';
import { REQUIREMENTS_FILE } from '../requirements/requirements-file.ts';
import type { PackageHashes } from './read-requirements-files.ts';

/**
 * Leaves in a uv.lock only the files whose hashes a plugin's requirements files have, so that nothing else can be installed from
 * it. As with pip, one hash asks for hashes of all packages, also of those that others need.
 *
 * @throws BulkheadError `HASH_CHECK_FAILED`
 */
export function lockOfHashedFiles(lock: string, hashes: PackageHashes, plugin: string): string {
  const document = parse(lock) as TomlTable;
  const packages = Array.isArray(document['package']) ? document['package'].filter(isTable) : [];
  return stringify({ ...document, package: packages.map((entry) => withHashedFiles(entry, hashes, plugin)) });
}

function withHashedFiles(entry: TomlTable, hashes: PackageHashes, plugin: string): TomlTable {
  const { source } = entry;
  if (isTable(source) && 'virtual' in source) return entry; // the project itself, which is not installed
  const name = textAt(entry, 'name') ?? '';
  const version = textAt(entry, 'version') ?? '';
  const refuse = (reason: string): BulkheadError =>
    new BulkheadError('HASH_CHECK_FAILED', { plugin, packageName: name, reason });
  const known = hashes[normaliseName(name)];
  if (known === undefined)
    throw refuse(`${REQUIREMENTS_FILE} has hashes, so each package needs one, and ${name} ${version} has none`);
  if (isTable(source) && ['git', 'directory', 'editable'].some((kind) => kind in source))
    throw refuse('a repository or a folder has no hash');
  const isKnown = (file: unknown): boolean => isTable(file) && known.includes(textAt(file, 'hash') ?? '');
  const wheels = (Array.isArray(entry['wheels']) ? entry['wheels'] : []).filter(isKnown);
  const { wheels: _, sdist, ...rest } = entry;
  if (wheels.length === 0 && !isKnown(sdist))
    throw refuse(`no file of ${name} ${version} has one of the hashes in ${REQUIREMENTS_FILE}`);
  return { ...rest, ...(isKnown(sdist) ? { sdist } : {}), ...(wheels.length === 0 ? {} : { wheels }) };
}

import { stringify } from 'smol-toml';
import type { DeclaredProject } from '../requirements/declared-project.ts';
import type { PythonAnswer } from '../python/ask-python.ts';
import { isTable, tableAt, textAt, type TomlTable } from '../requirements/toml-table.ts';

/** Of `[tool.uv]`: what is about a project's development, its workspace or its own build, or is decided by Bulkhead. */
const NOT_TAKEN = new Set([
  'workspace',
  'managed',
  'package',
  'build-backend',
  'dev-dependencies',
  'default-groups',
  'dependency-groups',
  'conflicts',
  'environments',
  'required-environments',
  'pip',
  'python-preference',
  'python-downloads',
  'compile-bytecode',
  'publish-url',
  'trusted-publishing',
  'check-url',
  'preview',
  'preview-features',
  'add-bounds',
  'scripts',
]);
/** Where uv keeps its files and how it works does not decide what is installed. */
const NOT_IDENTIFYING = new Set([
  'cache-dir',
  'concurrent-builds',
  'concurrent-downloads',
  'concurrent-installs',
  'link-mode',
  'native-tls',
  'system-certs',
  'no-cache',
  'offline',
]);
const OWN_NAME = 'bulkhead-environment';

/** `as_of` takes the place of the plugin's own dates. */
export function effectiveSettings({ settings, own }: DeclaredProject, asOf: string | undefined): TomlTable {
  const isTaken = (key: string): boolean => (own !== undefined && key === 'pip') || !NOT_TAKEN.has(key);
  const kept = Object.entries(settings).filter(
    ([key]) => isTaken(key) && !(asOf !== undefined && key.startsWith('exclude-newer')),
  );
  return Object.fromEntries(kept);
}

/** The packages for which the plugin has a day of their own. */
export function datedPackages({ settings }: DeclaredProject): string[] {
  return Object.keys(tableAt(settings, 'exclude-newer-package'));
}

export function identifyingSettings(settings: TomlTable): TomlTable {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => !NOT_IDENTIFYING.has(key)));
}

/**
 * The project that uv is given for requirements that are no project's. It is resolved for this interpreter on this machine only, not for all that the plugin would
 * support: faster, and what can't be met elsewhere is no obstacle here.
 */
export function projectText(dependencies: readonly string[], settings: TomlTable, python: PythonAnswer): string {
  return stringify({
    project: {
      name: OWN_NAME,
      version: '0',
      'requires-python': `==${python.version.split('.').slice(0, 2).join('.')}.*`,
      dependencies: [...dependencies],
    },
    tool: { uv: { ...settings, package: false, environments: [platformMarker(python)] } },
  });
}

export function platformMarker({ machine }: PythonAnswer): string {
  const system = `sys_platform == '${process.platform}'`;
  return machine === '' ? system : `${system} and platform_machine == '${machine}'`;
}

/** A day means the whole of it, in UTC: uv would end it at this machine's midnight. */
export function excludeNewer(asOf: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(asOf)) return asOf;
  const day = new Date(`${asOf}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() + 1);
  return day.toISOString().replace('.000', '');
}

/** Folders and files on this disk that `[tool.uv.sources]` names. */
export function sourceFolders(settings: TomlTable): string[] {
  const sources = Object.values(tableAt(settings, 'sources')).flat();
  return sources.filter(isTable).flatMap((source) => textAt(source, 'path') ?? []);
}

/** Packages that `[tool.uv.sources]` looks for on this disk. */
export function localPackages(settings: TomlTable): string[] {
  return Object.entries(tableAt(settings, 'sources'))
    .filter(([, sources]) =>
      [sources].flat().some((source) => isTable(source) && ('path' in source || 'workspace' in source)),
    )
    .map(([name]) => name);
}

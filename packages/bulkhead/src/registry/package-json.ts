import { validRange } from 'semver';
import { isRecord } from '../lifecycle/is-record.ts';
import { checkedFields } from './checked-fields.ts';
import { packageAdvice } from './field-advice.ts';
import type { InManifest } from './fields/field.ts';
import { type PluginFields, pluginFields } from './fields/groups.ts';
import { manifestOf } from './fields/mapping.ts';
import { type Finding, locateAll, shorten } from './finding.ts';
import { idFromFolder } from './id-from-folder.ts';
import { parseJson } from './json-document.ts';
import { type Manifest, type ManifestFile, manifestInvalid } from './manifest-file.ts';
import { ONLY_FOR_PYTHON } from './only-for-python.ts';
import type { SourceText } from './source-text.ts';
import { staysInside } from './stays-inside.ts';

const wanted = manifestOf(pluginFields, 'an object');
const KEY = 'bulkhead';

/** Reads the package.json of a plugin, whose manifest is its `"bulkhead"`. */
export function readPackageJson(file: string, source: SourceText): ManifestFile {
  const { mistake } = source;
  if (mistake !== undefined)
    return {
      saysSo: false,
      read: (plugin) => {
        throw manifestInvalid(plugin, [mistake]);
      },
    };
  return { saysSo: hasKey(source.text), read: (plugin) => read(plugin, source.text, file) };
}

/** Of a file with a mistake it is not known. Whoever writes the word probably means it, and wants to hear of the mistake. */
function hasKey(source: string): boolean {
  try {
    const value: unknown = JSON.parse(source);
    return isRecord(value) && Object.hasOwn(value, KEY);
  } catch {
    return source.includes(`"${KEY}"`);
  }
}

function read(plugin: string, source: string, file: string): Manifest {
  const { value, text, mistakes } = parseJson(source, file);
  if (mistakes.length > 0) throw manifestInvalid(plugin, mistakes);
  if (!isRecord(value))
    throw manifestInvalid(plugin, [{ file, line: 1, column: 1, message: 'expected an object, as npm writes it' }]);
  const own = { value: value[KEY], at: [KEY], text, wanted, advice: packageAdvice, alsoCheck };
  const fields = checkedFields(plugin, own);
  const unfit = problemOfEngines(value);
  if (unfit !== undefined) throw manifestInvalid(plugin, locateAll(text, [unfit]));
  const main = mainOf(value);
  if (fields.entry_point === undefined && main !== undefined && !staysInside(main.file)) {
    const message = `${main.path.join('.')}: expected a file inside the plugin's folder`;
    throw manifestInvalid(plugin, locateAll(text, [{ path: main.path, at: 'value', message }]));
  }
  return {
    ...fields,
    language: 'node',
    version: textOf(value['version']),
    name: textOf(value['name'], idFromFolder),
    main: main?.file,
  };
}

/** No Node fits what can't be read, which would be told as if a Node were missing. */
function problemOfEngines({ engines }: Readonly<Record<string, unknown>>): Finding | undefined {
  const wanted = isRecord(engines) ? engines['node'] : undefined;
  if (wanted === undefined || (typeof wanted === 'string' && validRange(wanted) !== null)) return undefined;
  const message = `engines.node: expected a range of versions such as ">=20.19", found ${shorten(JSON.stringify(wanted))}`;
  return { path: ['engines', 'node'], at: 'value', message };
}

function textOf(value: unknown, read: (text: string) => string = (text) => text): string | undefined {
  return typeof value === 'string' && value !== '' ? read(value) : undefined;
}

function alsoCheck(fields: InManifest<PluginFields>): Finding[] {
  const findings = Object.entries(ONLY_FOR_PYTHON).flatMap(([name, cure]): Finding[] =>
    name in fields ? [{ path: [name], at: 'key', message: `${name}: has no effect on a plugin of Node; ${cure}` }] : [],
  );
  const entry = fields.entry_point;
  if (entry === undefined || (staysInside(entry) && !entry.includes(':'))) return findings;
  const message = "entry_point: expected a file inside the plugin's folder such as plugin.js";
  return [...findings, { path: ['entry_point'], at: 'value', message }];
}

/** What `import` of this package would load, by `exports` and `main`, as Node reads them. */
function mainOf(value: Readonly<Record<string, unknown>>): { file: string; path: readonly string[] } | undefined {
  const { exports, main } = value;
  const entry = isRecord(exports) && Object.hasOwn(exports, '.') ? exports['.'] : exports;
  const file = targetOf(entry);
  if (file !== undefined) return { file, path: ['exports'] };
  return typeof main === 'string' && main !== '' ? { file: main, path: ['main'] } : undefined;
}

/** Node's own conditions for a program that is run, whichever of the two kinds of modules it has. */
const CONDITIONS = new Set(['node', 'import', 'module-sync', 'require', 'default']);

/** Of conditions the first that holds, in the order of the file. */
function targetOf(entry: unknown): string | undefined {
  if (typeof entry === 'string') return entry;
  if (Array.isArray(entry)) return entry.map(targetOf).find((file) => file !== undefined);
  if (!isRecord(entry)) return undefined;
  return Object.entries(entry)
    .filter(([condition]) => CONDITIONS.has(condition))
    .map(([, inner]) => targetOf(inner))
    .find((file) => file !== undefined);
}

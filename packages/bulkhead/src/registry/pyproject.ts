import { problemOfRequiresPython } from '../requirements/python-version.ts';
import { checkedFields } from './checked-fields.ts';
import { manifestAdvice } from './field-advice.ts';
import { pluginFields } from './fields/groups.ts';
import { manifestOf } from './fields/mapping.ts';
import { type Finding, locateAll } from './finding.ts';
import { type Manifest, type ManifestFile, manifestInvalid, readManifestText } from './manifest-file.ts';
import { isMapping } from './plain-value.ts';
import { parseToml } from './toml-document.ts';

const wanted = manifestOf(pluginFields, 'a table');
const TABLE = ['tool', 'bulkhead'];

/** Reads the pyproject.toml of a plugin, whose manifest is `[tool.bulkhead]`; undefined if there is none. */
export async function readPyproject(file: string): Promise<ManifestFile | undefined> {
  const source = await readManifestText(file);
  if (source === undefined) return undefined;
  const { mistake } = source;
  if (mistake !== undefined)
    return {
      saysSo: false,
      read: (plugin) => {
        throw manifestInvalid(plugin, [mistake]);
      },
    };
  const { value, text, mistakes } = parseToml(source.text, file);
  return {
    saysSo: tableAt(value, TABLE) !== undefined,
    read: (plugin): Manifest => {
      if (mistakes.length > 0) throw manifestInvalid(plugin, mistakes);
      const unfit = problemOfPython(value);
      if (unfit !== undefined) throw manifestInvalid(plugin, locateAll(text, [unfit]));
      const own = { value: tableAt(value, TABLE), at: TABLE, text, wanted, advice: manifestAdvice };
      return { ...checkedFields(plugin, own), version: versionOf(value), language: 'python' };
    },
  };
}

/** No Python fits what can't be read, which would be told as if a Python were missing. */
function problemOfPython(pyproject: unknown): Finding | undefined {
  const path = ['project', 'requires-python'];
  const wanted = tableAt(pyproject, path);
  const message = wanted === undefined ? undefined : problemOfRequiresPython(wanted);
  return message === undefined ? undefined : { path, at: 'value', message };
}

function versionOf(pyproject: unknown): string | undefined {
  const project = tableAt(pyproject, ['project']);
  return isMapping(project) && typeof project['version'] === 'string' ? project['version'] : undefined;
}

function tableAt(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const key of path) found = isMapping(found) ? found[key] : undefined;
  return found;
}

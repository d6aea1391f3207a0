import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlacedRequirement, RequirementList } from '../../conflicts/requirement-list.ts';
import type { EnvironmentSpec, PluginSpec } from '../../registry/plugin-spec.ts';
import { normaliseName } from '../../requirements/package-name.ts';
import { type DeclaredProject, readDeclaredProject } from './declared-project.ts';
import { wantedPython } from '../python/choose-python.ts';
import { textsAt } from './toml-table.ts';
import { effectiveSettings, identifyingSettings } from '../uv/uv-project.ts';

/**
 * What a plugin's environment would be resolved from, by its own files and the registry; not its lock file, which is for it
 * alone.
 *
 * @throws BulkheadError `MANIFEST_INVALID`, `ENVIRONMENT_BUILD_FAILED`
 */
export async function pluginRequirements(spec: PluginSpec): Promise<RequirementList> {
  const declared = await readDeclaredProject(spec);
  const { pinned, requires } = await wantedPython(spec.environment.python, spec.folder, declared.requiresPython);
  const file = join(spec.folder, declared.origin === 'script' ? spec.launch.entryPoint : 'pyproject.toml');
  const own = declared.dependencies.flatMap((text) => withoutOwnExtras(text, declared));
  const { asOf, settings } = settingsOf(spec.environment, declared);
  return {
    id: spec.id,
    dependencies: [
      ...(await placed(own, file)),
      ...(await placed(spec.environment.dependencies, spec.source.file, spec.source.line)),
    ],
    requiresPython: requires,
    pythonVersion: pinned,
    asOf,
    settings,
    builder: spec.environment.kind,
    share: spec.environment.share?.name,
  };
}

/** `exclude-newer` is what the registry calls `as_of`; what only this uv understands, such as `7 days`, stays a setting. */
function settingsOf(
  { kind, asOf }: EnvironmentSpec,
  declared: DeclaredProject,
): Pick<RequirementList, 'asOf' | 'settings'> {
  if (kind !== 'uv') return { asOf, settings: {} };
  const settings = identifyingSettings(effectiveSettings(declared, asOf));
  const { 'exclude-newer': day, ...rest } = settings;
  const isDay = typeof day === 'string' && /^\d{4}-\d{2}-\d{2}(?:T|$)/.test(day);
  return isDay && asOf === undefined ? { asOf: day, settings: rest } : { asOf, settings };
}

/** `name[extra]` of the project's own name stands for what that extra asks for. */
function withoutOwnExtras(text: string, declared: DeclaredProject, seen: readonly string[] = []): string[] {
  const own = declared.ownExtras;
  const [, name = '', listed = ''] = /^\s*([\w.-]+)\s*\[([^\]]*)\]\s*$/.exec(text) ?? [];
  if (own === undefined || normaliseName(name) !== normaliseName(own.name) || seen.includes(text)) return [text];
  return listed
    .split(',')
    .flatMap((extra) => textsAt(own.extras, extra.trim()))
    .flatMap((each) => withoutOwnExtras(each, declared, [...seen, text]));
}

/** The line on which each stands, from a line on; only the file where it is not found as it is. */
async function placed(texts: readonly string[], file: string, from = 1): Promise<PlacedRequirement[]> {
  const lines = texts.length === 0 ? [] : (await readFile(file, 'utf8').catch(() => '')).split('\n');
  return texts.map((text) => {
    const line = lines.findIndex((each, index) => index >= from - 1 && each.includes(text));
    return { text, place: line === -1 ? file : `${file}:${line + 1}` };
  });
}

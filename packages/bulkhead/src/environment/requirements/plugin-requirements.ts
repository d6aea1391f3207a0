import { dirname, join } from 'node:path';
import type { PlacedRequirement, RequirementList } from '../../conflicts/requirement-list.ts';
import type { EnvironmentSpec, PluginSpec } from '../../registry/plugin-spec.ts';
import { type DeclaredProject, readDeclaredProject } from './declared-project.ts';
import { wantedPython } from '../python/choose-python.ts';
import { unreadRequirements } from '../dependency-files/unread-files.ts';
import { type Place, spellingsOf } from './place-of-text.ts';
import { readPluginFile } from './plugin-file.ts';
import { SharedLooks } from '../shared-looks.ts';
import { atPlace } from './depends-on-place.ts';
import { sourcesFromElsewhere } from './sources-from-elsewhere.ts';
import type { TomlTable } from './toml-table.ts';
import { effectiveSettings, identifyingSettings } from '../uv/uv-project.ts';

/**
 * What a plugin's environment would be resolved from, by its own files and the registry; not its lock file, which is for it
 * alone.
 *
 * @throws BulkheadError `MANIFEST_INVALID`, `ENVIRONMENT_BUILD_FAILED`
 */
export async function pluginRequirements(
  spec: PluginSpec,
  looks: SharedLooks = new SharedLooks(),
): Promise<RequirementList> {
  const declared = await readDeclaredProject(spec, looks);
  const { pinned, requires } = await wantedPython(spec.environment.python, spec.folder, declared.requiresPython);
  const file = join(
    spec.folder,
    (declared.origin === 'script' ? spec.launch.entryPoint.file : undefined) ?? 'pyproject.toml',
  );
  const sources = await sourcesFromElsewhere(spec, declared);
  const { asOf, settings } = settingsOf(spec.environment, declared, sources);
  return {
    id: spec.id,
    dependencies: [
      ...declared.dependencies.map((text) => ({
        text: atPlace(text, spec.folder),
        place: lineOf(declared.places.get(text)) ?? file,
      })),
      ...(await placedInRegistry(spec)),
    ],
    unnamed: declared.unnamed.map(({ text, place }) => ({ text, place: `${place.file}:${place.line}` })),
    requiresPython: requires,
    pythonVersion: pinned,
    asOf,
    settings,
    builder: spec.environment.kind,
    share: spec.environment.share?.name,
    unread: await unreadIn(spec, declared),
  };
}

async function unreadIn(spec: PluginSpec, declared: DeclaredProject): Promise<RequirementList['unread']> {
  const unread = await unreadRequirements(spec, declared);
  if (unread === undefined) return undefined;
  const { places, told, cure } = unread;
  return { text: places.join(', '), place: spec.folder, problem: `${told}; ${cure}` };
}

/** `exclude-newer` is what the registry calls `as_of`; what only this uv understands, such as `7 days`, stays a setting. */
function settingsOf(
  { kind, asOf }: EnvironmentSpec,
  declared: DeclaredProject,
  sources: TomlTable,
): Pick<RequirementList, 'asOf' | 'settings'> {
  if (kind !== 'uv') {
    const { constraints } = declared;
    return { asOf, settings: constraints.length === 0 ? {} : { 'constraint-dependencies': constraints } };
  }
  const { sources: _, ...settings } = identifyingSettings(effectiveSettings(declared, asOf));
  const { 'exclude-newer': day, ...others } = settings;
  const named = Object.keys(sources).length === 0 ? {} : { sources };
  const rest = { ...others, ...named };
  const isDay = typeof day === 'string' && /^\d{4}-\d{2}-\d{2}(?:T|$)/.test(day);
  return isDay && asOf === undefined ? { asOf: day, settings: rest } : { asOf, settings: { ...settings, ...named } };
}

function lineOf(place: Place | undefined): string | undefined {
  return place === undefined ? undefined : `${place.file}:${place.line}`;
}

/** People read the place of one, not of thousands. */
const MOST_PLACED = 1000;

/** Adds the line on which each stands, from the plugin's entry on; the file alone if it is not found as it is. */
async function placedInRegistry({ id, environment, source }: PluginSpec): Promise<PlacedRequirement[]> {
  const texts = environment.dependencies;
  const { file, line: from } = source;
  const isPlaced = texts.length > 0 && texts.length <= MOST_PLACED;
  const lines = isPlaced ? ((await readPluginFile(id, file)) ?? '').split('\n') : [];
  return texts.map((text) => {
    const spellings = spellingsOf(text);
    const line = lines.findIndex((each, index) => index >= from - 1 && spellings.some((one) => each.includes(one)));
    return { text: atPlace(text, dirname(file)), place: line === -1 ? file : `${file}:${line + 1}` };
  });
}

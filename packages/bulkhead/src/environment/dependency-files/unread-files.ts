import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import type { DeclaredProject } from '../requirements/declared-project.ts';
import { readPluginFile } from '../requirements/plugin-file.ts';
import { REQUIREMENTS_FILE } from '../requirements/requirements-file.ts';
import { tableAt, type TomlTable } from '../requirements/toml-table.ts';
import { logicalLines } from './logical-lines.ts';

/** Where a plugin asks for packages that Bulkhead does not install: `Pipfile`, `[tool.poetry] of pyproject.toml`. */
export interface UnreadRequirements {
  readonly places: readonly string[];
  /** A clause: `requirements are in Pipfile, which Bulkhead doesn't read`. */
  readonly told: string;
  /** What to do, likewise. */
  readonly cure: string;
}

/**
 * What a plugin seems to ask for in files that don't count, if nothing that counts asks for any package. Undefined if there is
 * none of it, or the registry has been given the packages.
 */
export async function unreadRequirements(
  spec: PluginSpec,
  declared: DeclaredProject,
): Promise<UnreadRequirements | undefined> {
  if (declared.dependencies.length > 0 || spec.environment.dependencies.length > 0) return undefined;
  return await otherRequirements(spec, declared);
}

/** The same also where other packages are asked for: one that can't be imported may be among these. */
export async function otherRequirements(
  spec: PluginSpec,
  { origin, own }: Pick<DeclaredProject, 'origin' | 'own'>,
): Promise<UnreadRequirements | undefined> {
  const read = async (name: string): Promise<string | undefined> =>
    await readPluginFile(spec.id, join(spec.folder, name)).catch(() => undefined);
  const places: string[] = [];
  const requirements = await read(REQUIREMENTS_FILE);
  if (origin !== 'requirements' && requirements !== undefined && logicalLines(requirements).next().done === false)
    places.push(REQUIREMENTS_FILE);
  for (const [name, placesIn] of Object.entries(OTHER_FILES)) {
    const text = await read(name);
    if (text !== undefined && !(own?.isPackage === true && READ_BY_BACKENDS.has(name)))
      places.push(...placesIn(text, name));
  }
  if (requirements === undefined) places.push(...(await relatedFiles(spec.folder)));
  return places.length === 0 ? undefined : { places, ...inWords(places, origin, spec.launch.entryPoint.file) };
}

/** Where there is a build system, it is asked. */
const READ_BY_BACKENDS = new Set(['pyproject.toml', 'setup.cfg', 'setup.py']);

type Search = (text: string, name: string) => readonly string[];

const OTHER_FILES: Readonly<Record<string, Search>> = {
  'pyproject.toml': placesInProject,
  Pipfile: (text, name) => (Object.keys(tableAt(parsed(text), 'packages')).length > 0 ? [name] : []),
  'setup.cfg': (text, name) => (/^install_requires\s*=/m.test(text) ? [name] : []),
  'setup.py': (text, name) => (/\binstall_requires\b/.test(text) ? [name] : []),
  'environment.yml': condaFile,
  'environment.yaml': condaFile,
  'manifest.json': (text, name) => (/"requirements"\s*:\s*\[\s*"/.test(text) ? [name] : []),
  'pylock.toml': (_, name) => [name],
};

function condaFile(text: string, name: string): readonly string[] {
  return /^dependencies:/m.test(text) ? [name] : [];
}

const POETRY = '[tool.poetry] of pyproject.toml';
const GROUPS = '[dependency-groups] of pyproject.toml';

function placesInProject(text: string): readonly string[] {
  const document = parsed(text);
  const poetry = Object.keys(tableAt(document, 'tool', 'poetry', 'dependencies')).filter((name) => name !== 'python');
  const groups = Object.keys(tableAt(document, 'dependency-groups')).filter((name) => !FOR_DEVELOPMENT.test(name));
  return [
    ...(poetry.length > 0 && !('dependencies' in tableAt(document, 'project')) ? [POETRY] : []),
    ...(groups.length > 0 ? [GROUPS] : []),
  ];
}

/** Such as `requirements.in` and `requirements-base.txt`, or a folder `requirements`. */
async function relatedFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => RELATED.test(name) && !FOR_DEVELOPMENT.test(name.replace(/^requirements?[-_.]/i, '')))
    .toSorted();
}

const RELATED = /^requirements?(?:[-_.][\w.-]+)?\.(?:txt|in)$|^requirements$/i;
/** What such groups and files are usually called; a plugin runs without them. */
const FOR_DEVELOPMENT = /^(?:dev|test|lint|doc|typ|format|ci\b|build|release|bench|tool)/i;

function parsed(text: string): TomlTable {
  try {
    return parse(text);
  } catch {
    return {}; // whoever needs the file says what is wrong with it
  }
}

function inWords(
  places: readonly string[],
  origin: DeclaredProject['origin'],
  entryPoint: string | undefined,
): Pick<UnreadRequirements, 'told' | 'cure'> {
  const told = `requirements are in ${places.join(', ')}, which Bulkhead doesn't read`;
  if (places.length === 1 && places[0] === GROUPS)
    return {
      told: `requirements are in ${GROUPS}, of which the registry names none`,
      cure: 'name those that it needs in `groups` of its registry entry',
    };
  const readFrom =
    origin === 'script'
      ? `the script header of ${entryPoint ?? 'plugin.py'}`
      : '`dependencies` under [project] of pyproject.toml';
  if (!places.includes(REQUIREMENTS_FILE)) {
    const buildable = places.some((place) => place === POETRY || READ_BY_BACKENDS.has(place));
    const build = buildable ? ', or name the [build-system] of the project in pyproject.toml' : '';
    return { told, cure: `put them into ${REQUIREMENTS_FILE}, or into ${readFrom}${build}` };
  }
  return { told: `${told} because ${readFrom} counts before it`, cure: 'put them there, or take that away' };
}

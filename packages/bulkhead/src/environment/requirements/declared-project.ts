import { dirname, isAbsolute, join, resolve } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { normaliseName } from '../../requirements/package-name.ts';
import { isProblem } from '../../requirements/problem.ts';
import { parseRequirement, spellRequirement } from '../../requirements/requirement.ts';
import {
  type PackageHashes,
  type PlacedText,
  readRequirementsFiles,
} from '../dependency-files/read-requirements-files.ts';
import { problemOfRequiresPython } from '../../requirements/python-version.ts';
import { type Place, placesOfTexts } from './place-of-text.ts';
import { withExtrasAndGroups } from './extras-and-groups.ts';
import { isBuilt, type OwnProject, ownProject } from './own-project.ts';
import { readPluginFile } from './plugin-file.ts';
import { SharedLooks } from '../shared-looks.ts';
import { REQUIREMENTS_FILE } from './requirements-file.ts';
import { isTable, tableAt, textAt, type TomlTable, textsAt } from './toml-table.ts';
import { uvSettings } from './workspace.ts';

/** What a plugin's own files say about its dependencies. */
export interface DeclaredProject {
  readonly origin: 'pyproject' | 'script' | 'requirements' | 'nothing';
  readonly dependencies: readonly string[];
  /** Where they stand, by their text, as far as that is known. */
  readonly places: ReadonlyMap<string, Place>;
  /** Addresses whose packages' names only a builder finds out. */
  readonly unnamed: readonly PlacedText[];
  /** What limits versions without asking for a package; for uv it stands in the settings, too. */
  readonly constraints: readonly string[];
  /** Undefined: any file of a package will do. */
  readonly hashes: PackageHashes | undefined;
  readonly requiresPython: string | undefined;
  /** `[tool.uv]`, its paths made absolute, so that it means the same from anywhere; of a workspace's member, what counts there. */
  readonly settings: TomlTable;
  /** The project that uv and pip can take as it lies there; undefined if there is none, and only the requirements count. */
  readonly own: OwnProject | undefined;
  /** Text of `uv.lock`, the project's own or its workspace's. */
  readonly lock: string | undefined;
}

type Declaration = Pick<DeclaredProject, 'requiresPython' | 'settings' | 'own' | 'lock'>;

const NOTHING_ELSE = { constraints: [], unnamed: [], hashes: undefined } as const;

/**
 * Reads what a plugin asks for from the first of these that says it: [project] of pyproject.toml, the script header (PEP 723)
 * of the file that is run, requirements.txt.
 */
export async function readDeclaredProject(
  spec: PluginSpec,
  looks: SharedLooks = new SharedLooks(),
): Promise<DeclaredProject> {
  const [text, uvToml] = await Promise.all(
    ['pyproject.toml', 'uv.toml'].map((name) => readPluginFile(spec.id, join(spec.folder, name))),
  );
  const document = text === undefined ? {} : parseToml(spec, 'pyproject.toml', text);
  // uv reads its own file in place of the table, where both are there; what only the table can hold still counts
  const table = tableAt(document, 'tool')['uv'];
  const ofFolder = uvToml === undefined ? table : parseToml(spec, 'uv.toml', uvToml);
  const settings = { ...tableAt(document, 'tool', 'uv'), ...(isTable(ofFolder) ? ofFolder : {}) };
  if (isTable(document['project']) || isBuilt(document))
    return await fromProject(spec, { document, settings, ofFolder, text: text ?? '' }, looks);
  return await fromScript(spec, document, settings);
}

async function fromScript(spec: PluginSpec, document: TomlTable, settings: TomlTable): Promise<DeclaredProject> {
  const name = spec.launch.entryPoint.file ?? '';
  const file = join(spec.folder, name);
  const source = (await readPluginFile(spec.id, file)) ?? '';
  const header = scriptHeader(source);
  const script = header === undefined ? {} : parseToml(spec, name, header.text, header.line - 1);
  const requiresPython = textAt(script, 'requires-python');
  const problem = script['requires-python'] === undefined ? undefined : problemOfRequiresPython(requiresPython);
  if (problem !== undefined) {
    const [place] = placesOfTexts([requiresPython ?? ''], file, source).values();
    const mistakes = [{ file, line: header?.line ?? 1, column: 1, ...place, message: problem }];
    throw new BulkheadError('MANIFEST_INVALID', { plugin: spec.id, mistakes });
  }
  const declaration: Declaration = {
    requiresPython,
    settings: withAbsolutePaths({ ...settings, ...tableAt(script, 'tool', 'uv') }, spec.folder),
    own: undefined,
    lock: undefined,
  };
  const own = textsAt(script, 'dependencies');
  const places = placesOfTexts(own, file, source);
  const dependencies = withExtrasAndGroups(spec, document, own);
  if ('dependencies' in script || dependencies.length > 0)
    return { origin: 'script', dependencies, places, ...NOTHING_ELSE, ...declaration };
  return (
    (await fromRequirements(spec, [REQUIREMENTS_FILE], 'requirements', declaration)) ?? {
      origin: header === undefined ? 'nothing' : 'script',
      dependencies,
      places,
      ...NOTHING_ELSE,
      ...declaration,
    }
  );
}

interface ProjectFile {
  readonly document: TomlTable;
  readonly text: string;
  readonly settings: TomlTable;
  /** What uv finds in this folder: no table if it looks further up. */
  readonly ofFolder: unknown;
}

async function fromProject(
  spec: PluginSpec,
  { document, text, settings, ofFolder }: ProjectFile,
  looks: SharedLooks,
): Promise<DeclaredProject> {
  const table = tableAt(document, 'project');
  const own = await ownProject(document, spec.folder, looks);
  const declaration: Declaration = {
    requiresPython: textAt(table, 'requires-python'),
    settings:
      own === undefined
        ? withAbsolutePaths(settings, spec.folder)
        : await settingsOf(own, { settings, ofFolder }, spec.folder, looks),
    own,
    lock: await readPluginFile(spec.id, join(own?.workspace?.root ?? spec.folder, 'uv.lock')),
  };
  if (textsAt(table, 'dynamic').includes('dependencies')) return await dynamic(spec, document, declaration);
  const dependencies = withExtrasAndGroups(spec, document, textsAt(table, 'dependencies'));
  // A project that names no dependencies at all has them elsewhere, unless a lock file says that there are none.
  const elsewhere =
    'dependencies' in table || declaration.lock !== undefined || !isTable(document['project'])
      ? undefined
      : await fromRequirements(spec, [REQUIREMENTS_FILE], 'requirements', declaration);
  if (elsewhere !== undefined) return { ...elsewhere, dependencies: [...elsewhere.dependencies, ...dependencies] };
  const places = placesOfTexts(dependencies, join(spec.folder, 'pyproject.toml'), text);
  return { origin: 'pyproject', dependencies, places, ...NOTHING_ELSE, ...declaration };
}

async function settingsOf(
  { workspace }: OwnProject,
  { settings: own, ofFolder }: Pick<ProjectFile, 'settings' | 'ofFolder'>,
  project: string,
  looks: SharedLooks,
): Promise<TomlTable> {
  const { folder, settings } =
    workspace === undefined && isTable(ofFolder)
      ? { folder: project, settings: ofFolder }
      : await uvSettings(workspace?.root ?? dirname(project), looks);
  const shared = workspace === undefined ? {} : withAbsolutePaths({ sources: workspace.sources }, workspace.root);
  const sources = { ...tableAt(shared, 'sources'), ...tableAt(withAbsolutePaths(own, project), 'sources') };
  return { ...withAbsolutePaths(settings, folder), ...(Object.keys(sources).length === 0 ? {} : { sources }) };
}

/** setuptools' requirements files are read; any other backend would have to be run, which writes into the plugin's folder. */
async function dynamic(spec: PluginSpec, document: TomlTable, declaration: Declaration): Promise<DeclaredProject> {
  const files = tableAt(document, 'tool', 'setuptools', 'dynamic', 'dependencies')['file'];
  const names = typeof files === 'string' ? [files] : Array.isArray(files) ? files.map(String) : [];
  const found = names.length === 0 ? undefined : await fromRequirements(spec, names, 'pyproject', declaration);
  const asked = withExtrasAndGroups(spec, document, []);
  if (found !== undefined) return { ...found, dependencies: [...found.dependencies, ...asked] };
  // its build backend is run, and says them to uv or pip
  if (declaration.own?.isPackage === true)
    return {
      origin: 'pyproject',
      dependencies: asked,
      places: new Map(),
      ...NOTHING_ELSE,
      ...declaration,
    };
  const reason =
    "its pyproject.toml calls its dependencies dynamic, and only setuptools' requirements files are understood; list them in [project] dependencies";
  throw new BulkheadError('ENVIRONMENT_BUILD_FAILED', { plugin: spec.id, reason });
}

/** Undefined unless all the files are there. */
async function fromRequirements(
  spec: PluginSpec,
  names: readonly string[],
  origin: DeclaredProject['origin'],
  declaration: Declaration,
): Promise<DeclaredProject | undefined> {
  const texts = await Promise.all(names.map((name) => readPluginFile(spec.id, join(spec.folder, name))));
  if (texts.includes(undefined)) return undefined;
  const read = await readRequirementsFiles(spec.id, spec.folder, names);
  const requirements = read.requirements.map(({ text, place }) => ({
    text: spec.environment.kind === 'uv' ? withoutEditablePath(text, read.editable) : text,
    place,
  }));
  const constraints = read.constraints.map(({ text }) => text);
  // a package is installed beside them; hashes and editable folders only a project knows that is written for them
  const isTaken =
    read.hashes === undefined && Object.keys(read.editable).length === 0 && declaration.own?.isPackage === true;
  return {
    ...declaration,
    own: isTaken ? declaration.own : undefined,
    origin,
    dependencies: requirements.map(({ text }) => text),
    places: new Map(requirements.map(({ text, place }) => [text, place])),
    constraints,
    unnamed: read.unnamed,
    hashes: read.hashes,
    settings: withRequirementsOfFiles(declaration.settings, constraints, read.editable),
  };
}

/** uv learns by its sources that a folder is editable, and takes no address beside them. */
function withoutEditablePath(text: string, editable: Readonly<Record<string, string>>): string {
  const parsed = parseRequirement(text);
  if (isProblem(parsed) || editable[parsed.name] === undefined) return text;
  return spellRequirement({ ...parsed, url: undefined });
}

function withRequirementsOfFiles(
  settings: TomlTable,
  constraints: readonly string[],
  editable: Readonly<Record<string, string>>,
): TomlTable {
  const sources = Object.fromEntries(
    Object.entries(editable).map(([name, path]) => [normaliseName(name), { path, editable: true }]),
  );
  return {
    ...settings,
    ...(constraints.length === 0
      ? {}
      : { 'constraint-dependencies': [...textsAt(settings, 'constraint-dependencies'), ...constraints] }),
    ...(Object.keys(sources).length === 0 ? {} : { sources: { ...tableAt(settings, 'sources'), ...sources } }),
  };
}

/** TOML, and the line of the file that its first line is. */
interface ScriptHeader {
  readonly text: string;
  readonly line: number;
}

/**
 * The `script` block of PEP 723: what stands between its first line, `# /// script`, and the last `# ///` of the same comment.
 * Line by line, since the expression that the PEP gives begins anew at each first line that has no last one.
 */
export function scriptHeader(source: string): ScriptHeader | undefined {
  let header: string[] | undefined;
  let last = 0;
  let begin = 0;
  for (const [index, line] of [...source.replaceAll('\r\n', '\n').split('\n'), ''].entries()) {
    if (line !== '#' && !line.startsWith('# ')) {
      if (header !== undefined && last > 0) return { text: `${header.slice(0, last).join('\n')}\n`, line: begin };
      header = undefined;
    } else if (header !== undefined) {
      if (line === '# ///') last = header.length;
      header.push(line.replace(/^# ?/, ''));
    } else if (line === '# /// script') [header, last, begin] = [[], 0, index + 2];
  }
  return undefined;
}

/** @param above lines of the file that stand before the text */
function parseToml(spec: PluginSpec, name: string, text: string, above = 0): TomlTable {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const message = error.message.split('\n')[0] ?? error.message;
    const mistake = { file: join(spec.folder, name), line: above + error.line, column: error.column, message };
    throw new BulkheadError('MANIFEST_INVALID', { plugin: spec.id, mistakes: [mistake] }, { cause: error });
  }
}

function withAbsolutePaths(settings: TomlTable, folder: string): TomlTable {
  const path = (value: unknown): unknown =>
    typeof value === 'string' && !isAbsolute(value) && !/^[\w+]+:\/\//.test(value) ? resolve(folder, value) : value;
  const source = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(source)
      : isTable(value) && 'path' in value
        ? { ...value, path: path(value['path']) }
        : value;
  const index = (value: unknown): unknown =>
    isTable(value) && typeof value['url'] === 'string' && /^\.{0,2}\//.test(value['url'])
      ? { ...value, url: path(value['url']) }
      : value;
  const changed: Record<string, unknown> = { ...settings };
  if (isTable(settings['sources']))
    changed['sources'] = Object.fromEntries(
      Object.entries(settings['sources']).map(([name, value]) => [name, source(value)]),
    );
  if (Array.isArray(settings['find-links'])) changed['find-links'] = settings['find-links'].map(path);
  if (Array.isArray(settings['index'])) changed['index'] = settings['index'].map(index);
  if ('cache-dir' in settings) changed['cache-dir'] = path(settings['cache-dir']);
  return changed;
}

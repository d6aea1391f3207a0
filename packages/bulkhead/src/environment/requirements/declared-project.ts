import { isAbsolute, join, resolve } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { readPluginFile } from './plugin-file.ts';
import { isTable, tableAt, textAt, type TomlTable, textsAt } from './toml-table.ts';

/** What a plugin's own files say about its dependencies. */
export interface DeclaredProject {
  readonly origin: 'pyproject' | 'script' | 'nothing';
  readonly dependencies: readonly string[];
  readonly requiresPython: string | undefined;
  /** `[tool.uv]`, its paths made absolute, so that it means the same from anywhere. */
  readonly settings: TomlTable;
  /** `name` and `[project.optional-dependencies]`, where a dependency is one of the project's own extras. */
  readonly ownExtras: { readonly name: string; readonly extras: TomlTable } | undefined;
  /** Text of `uv.lock`. */
  readonly lock: string | undefined;
}

/** Reads pyproject.toml and uv.lock, or the script header (PEP 723) of the file that is run. */
export async function readDeclaredProject(spec: PluginSpec): Promise<DeclaredProject> {
  const [text, uvToml, lock] = await Promise.all(
    ['pyproject.toml', 'uv.toml', 'uv.lock'].map((name) => readPluginFile(spec.id, join(spec.folder, name))),
  );
  const document = text === undefined ? {} : parseToml(spec, 'pyproject.toml', text);
  // uv reads its own file in place of the table, where both are there; what only the table can hold still counts
  const settings = {
    ...tableAt(document, 'tool', 'uv'),
    ...(uvToml === undefined ? {} : parseToml(spec, 'uv.toml', uvToml)),
  };
  const project = document['project'];
  if (isTable(project)) return await fromProject(spec, document, project, settings, lock);
  const header = scriptHeader((await readPluginFile(spec.id, join(spec.folder, spec.launch.entryPoint))) ?? '');
  const script = header === undefined ? {} : parseToml(spec, spec.launch.entryPoint, header);
  return {
    origin: header === undefined ? 'nothing' : 'script',
    dependencies: textsAt(script, 'dependencies'),
    requiresPython: textAt(script, 'requires-python'),
    settings: withAbsolutePaths({ ...settings, ...tableAt(script, 'tool', 'uv') }, spec.folder),
    ownExtras: undefined,
    lock: undefined,
  };
}

async function fromProject(
  spec: PluginSpec,
  document: TomlTable,
  project: TomlTable,
  settings: TomlTable,
  lock: string | undefined,
): Promise<DeclaredProject> {
  const dependencies = textsAt(project, 'dynamic').includes('dependencies')
    ? await dynamicDependencies(spec, document)
    : textsAt(project, 'dependencies');
  const name = textAt(project, 'name') ?? '';
  const selfReferring =
    name !== '' && dependencies.some((dependency) => dependency.replace(/\s/g, '').startsWith(`${name}[`));
  return {
    origin: 'pyproject',
    dependencies,
    requiresPython: textAt(project, 'requires-python'),
    settings: withAbsolutePaths(settings, spec.folder),
    ownExtras: selfReferring ? { name, extras: tableAt(project, 'optional-dependencies') } : undefined,
    lock,
  };
}

/** setuptools' requirements files are read; any other backend would have to be run, which writes into the plugin's folder. */
async function dynamicDependencies(spec: PluginSpec, document: TomlTable): Promise<string[]> {
  const files = tableAt(document, 'tool', 'setuptools', 'dynamic', 'dependencies')['file'];
  const names = typeof files === 'string' ? [files] : Array.isArray(files) ? files.map(String) : [];
  const texts = await Promise.all(names.map((name) => readPluginFile(spec.id, join(spec.folder, name))));
  if (names.length === 0 || texts.includes(undefined)) {
    const reason =
      "its pyproject.toml calls its dependencies dynamic, and only setuptools' requirements files are understood; list them in [project] dependencies";
    throw new BulkheadError('ENVIRONMENT_BUILD_FAILED', { plugin: spec.id, reason });
  }
  const lines = texts.flatMap((text) => (text ?? '').split('\n'));
  return lines.map((line) => line.replace(/(^|\s)#.*$/s, '').trim()).filter((line) => line !== '');
}

/**
 * The `script` block of PEP 723: what stands between its first line, `# /// script`, and the last `# ///` of the same comment.
 * Line by line, since the expression that the PEP gives begins anew at each first line that has no last one.
 */
export function scriptHeader(source: string): string | undefined {
  let header: string[] | undefined;
  let last = 0;
  for (const line of [...source.replaceAll('\r\n', '\n').split('\n'), '']) {
    if (line !== '#' && !line.startsWith('# ')) {
      if (header !== undefined && last > 0) return `${header.slice(0, last).join('\n')}\n`;
      header = undefined;
    } else if (header !== undefined) {
      if (line === '# ///') last = header.length;
      header.push(line.replace(/^# ?/, ''));
    } else if (line === '# /// script') [header, last] = [[], 0];
  }
  return undefined;
}

function parseToml(spec: PluginSpec, name: string, text: string): TomlTable {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const message = error.message.split('\n')[0] ?? error.message;
    const mistake = { file: join(spec.folder, name), line: error.line, column: error.column, message };
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

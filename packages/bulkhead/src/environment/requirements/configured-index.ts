import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { SharedLooks } from '../shared-looks.ts';
import type { TomlTable } from './toml-table.ts';
import { hashOf } from '../build/identity.ts';

/** Where the machine's owner has packages looked for. */
export interface ConfiguredIndex {
  /** To be added to uv's variables: pip's index, where uv has none of its own. uv does not read pip's configuration. */
  readonly forUv: Readonly<Record<string, string>>;
  /** All settings that decide which packages are found, for the environment's identity. */
  readonly fingerprint: Readonly<Record<string, string>>;
}

const UV_SETTINGS = [
  'UV_DEFAULT_INDEX',
  'UV_INDEX',
  'UV_INDEX_URL',
  'UV_EXTRA_INDEX_URL',
  'UV_FIND_LINKS',
  'UV_NO_INDEX',
  'UV_INDEX_STRATEGY',
  'UV_EXCLUDE_NEWER',
  'UV_EXCLUDE_NEWER_PACKAGE',
  'UV_RESOLUTION',
  'UV_PRERELEASE',
  'UV_FORK_STRATEGY',
  'UV_CONSTRAINT',
  'UV_OVERRIDE',
  'UV_EXCLUDE',
  'UV_BUILD_CONSTRAINT',
  'UV_NO_BUILD',
  'UV_NO_BUILD_PACKAGE',
  'UV_NO_BINARY',
  'UV_NO_BINARY_PACKAGE',
  'UV_NO_SOURCES',
  'UV_TORCH_BACKEND',
  'UV_NO_CONFIG',
  'UV_CONFIG_FILE',
];
const UV_INDEX_SETTINGS = ['UV_DEFAULT_INDEX', 'UV_INDEX_URL', 'UV_NO_INDEX'];
const PIP_SETTINGS = [
  'index-url',
  'extra-index-url',
  'find-links',
  'no-index',
  'constraint',
  'no-binary',
  'only-binary',
  'prefer-binary',
  'pre',
];

export async function configuredIndexForUv(
  variables: NodeJS.ProcessEnv,
  plugin: TomlTable,
  looks: SharedLooks = new SharedLooks(),
): Promise<ConfiguredIndex> {
  const own = await looks.find("uv's configuration", async () => await uvConfiguration(variables));
  if (own.namesIndex || namesDefaultIndex(plugin)) return { forUv: {}, fingerprint: own.fingerprint };
  const pip = await looks.find("pip's configuration", async () => await pipSettings(variables));
  const index = pip['index-url'];
  const forUv: Record<string, string> = index === undefined ? {} : { UV_DEFAULT_INDEX: index };
  if (pip['cert'] !== undefined && variables['SSL_CERT_FILE'] === undefined) forUv['SSL_CERT_FILE'] = pip['cert'];
  return {
    forUv,
    fingerprint: index === undefined ? own.fingerprint : { ...own.fingerprint, UV_DEFAULT_INDEX: index },
  };
}

interface UvConfiguration {
  readonly fingerprint: Readonly<Record<string, string>>;
  /** Whether uv knows itself where to look for packages. */
  readonly namesIndex: boolean;
}

/** What variables and files of the machine tell uv. */
async function uvConfiguration(variables: NodeJS.ProcessEnv): Promise<UvConfiguration> {
  const files = await Promise.all(uvFiles(variables).map(textOf));
  const fingerprint = pick(variables, UV_SETTINGS);
  for (const [position, text] of files.entries()) if (text !== '') fingerprint[`uv.toml ${position}`] = hashOf(text);
  const namesIndex =
    UV_INDEX_SETTINGS.some((name) => variables[name] !== undefined) || files.map(tableOf).some(namesDefaultIndex);
  return { fingerprint, namesIndex };
}

/** pip reads its configuration itself. */
export async function pipFingerprint(variables: NodeJS.ProcessEnv): Promise<Record<string, string>> {
  return pick(await pipSettings(variables), PIP_SETTINGS);
}

/** pip's settings of the machine, the user and the environment variables, the last winning, as `pip config list` would say. */
async function pipSettings(variables: NodeJS.ProcessEnv): Promise<Record<string, string>> {
  const settings: Record<string, string> = {};
  for (const text of await Promise.all(pipFiles(variables).map(textOf))) Object.assign(settings, readIni(text));
  for (const [name, value] of Object.entries(variables)) {
    if (name.startsWith('PIP_') && value !== undefined && value !== '')
      settings[name.slice(4).toLowerCase().replaceAll('_', '-')] = value;
  }
  return settings;
}

/** In the order in which pip reads them: its documentation, "Configuration files". */
function pipFiles(variables: NodeJS.ProcessEnv): string[] {
  const chosen = variables['PIP_CONFIG_FILE'];
  if (chosen === '/dev/null') return [];
  const home = variables['HOME'] ?? homedir();
  const named = chosen === undefined ? [] : [chosen];
  if (process.platform === 'win32') {
    const inFolder = (folder: string | undefined, ...rest: string[]): string[] =>
      folder === undefined ? [] : [join(folder, ...rest)];
    return [
      ...inFolder(variables['PROGRAMDATA'], 'pip', 'pip.ini'),
      ...inFolder(variables['USERPROFILE'], 'pip', 'pip.ini'),
      ...inFolder(variables['APPDATA'], 'pip', 'pip.ini'),
      ...named,
    ];
  }
  const user = process.platform === 'darwin' ? [join(home, 'Library', 'Application Support', 'pip', 'pip.conf')] : [];
  const configuration = variables['XDG_CONFIG_HOME'] ?? join(home, '.config');
  return [
    '/etc/xdg/pip/pip.conf',
    '/etc/pip.conf',
    join(home, '.pip', 'pip.conf'),
    ...user,
    join(configuration, 'pip', 'pip.conf'),
    ...named,
  ];
}

function uvFiles(variables: NodeJS.ProcessEnv): string[] {
  if (variables['UV_CONFIG_FILE'] !== undefined) return [variables['UV_CONFIG_FILE']];
  if (variables['UV_NO_CONFIG'] !== undefined) return [];
  const home = variables['HOME'] ?? homedir();
  if (process.platform === 'win32')
    return [
      join(variables['PROGRAMDATA'] ?? 'C:\\ProgramData', 'uv', 'uv.toml'),
      join(variables['APPDATA'] ?? home, 'uv', 'uv.toml'),
    ];
  return [
    '/etc/xdg/uv/uv.toml',
    '/etc/uv/uv.toml',
    join(variables['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'uv', 'uv.toml'),
  ];
}

/** Only what pip writes there: sections, `key = value`, and values that go on in indented lines. */
function readIni(text: string): Record<string, string> {
  const settings: Record<string, string> = {};
  let section = '';
  let key: string | undefined;
  for (const line of text.split('\n')) {
    const [, header] = /^\[(.*)\]\s*$/.exec(line) ?? [];
    const [, name, value = ''] = /^([\w.-]+)\s*[=:](.*)$/s.exec(line) ?? [];
    if (header !== undefined) section = header;
    if (header !== undefined || /^\s*([#;]|$)/.test(line) || (section !== 'global' && section !== 'install')) continue;
    if (name !== undefined) settings[(key = name.toLowerCase().replaceAll('_', '-'))] = value.trim();
    else if (key !== undefined && /^\s/.test(line)) settings[key] = `${settings[key] ?? ''} ${line.trim()}`.trim();
  }
  return settings;
}

function namesDefaultIndex(settings: TomlTable): boolean {
  const indexes = settings['index'];
  if ('index-url' in settings || settings['no-index'] === true) return true;
  return Array.isArray(indexes) && indexes.some((index) => (index as TomlTable)['default'] === true);
}

function tableOf(text: string): TomlTable {
  try {
    return parse(text);
  } catch {
    return {}; // uv will say what is wrong with its own file
  }
}

function pick(values: Readonly<Record<string, string | undefined>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])));
}

async function textOf(file: string): Promise<string> {
  return existsSync(file) ? await readFile(file, 'utf8').catch(() => '') : '';
}

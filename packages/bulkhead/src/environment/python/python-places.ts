import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { KeptNames } from '../interpreters/kept-names.ts';
import { namesIn } from '../interpreters/names-in.ts';

/** An executable that may be a Python. */
export interface PythonCandidate {
  readonly path: string;
  /** Where it was found, in a word: `PATH`, `pyenv`, `uv`, … */
  readonly origin: string;
  readonly standing: PythonStanding;
}

/** `active`: of the active virtual or conda environment; `default`: what `python3` means in the user's shell. */
export type PythonStanding = 'active' | 'default' | 'kept';

/** A folder of versions, each with its Python inside. */
interface Versions {
  readonly origin: string;
  readonly folder: string;
}

const windows = process.platform === 'win32';
/** What its executables are called. */
export const PYTHON_NAME: RegExp = /^python(?:3(?:\.\d+)?t?)?(?:\.exe)?$/;

/** Every place where a Python may be kept, with what stands there; and the places' names, for messages. */
export function lookForPythons(
  variables: NodeJS.ProcessEnv,
  kept: KeptNames,
): { candidates: PythonCandidate[]; searched: string[] } {
  const home = variables['HOME'] ?? variables['USERPROFILE'] ?? homedir();
  const versions = versionFolders(variables, home);
  const found = [
    ...(variables['PATH'] ?? '')
      .split(delimiter)
      .filter((folder) => folder !== '')
      .flatMap((folder) => inFolder(folder, 'PATH', kept)),
    ...versions.flatMap(inVersions),
    ...plainFolders(home).flatMap(({ folder, origin }) => inFolder(folder, origin, kept)),
  ];
  const candidates = [...activePythons(variables), ...found.filter(({ path }) => !opensADialog(path))];
  const searched = new Set([
    'PATH',
    ...versions.filter(({ folder }) => existsSync(folder)).map(({ origin }) => origin),
    '/usr/bin',
    '/usr/local/bin',
    '/opt',
  ]);
  return { candidates: markDefault(candidates), searched: [...searched] };
}

function activePythons(variables: NodeJS.ProcessEnv): PythonCandidate[] {
  const prefixes = [variables['VIRTUAL_ENV'], variables['CONDA_PREFIX']].filter(
    (prefix) => prefix !== undefined && prefix !== '',
  );
  return prefixes
    .flatMap((prefix) => pythonIn(prefix ?? ''))
    .map((path) => ({ path, origin: 'the active environment', standing: 'active' }));
}

/** The shell's `python3` is the first on the PATH; where there is none, its `python`. */
function markDefault(candidates: readonly PythonCandidate[]): PythonCandidate[] {
  const named = (name: RegExp): number =>
    candidates.findIndex(({ path, origin }) => origin === 'PATH' && name.test(path));
  const three = named(/[\\/]python3(\.exe)?$/);
  const chosen = three === -1 ? named(/[\\/]python(\.exe)?$/) : three;
  return candidates.map((candidate, index) => (index === chosen ? { ...candidate, standing: 'default' } : candidate));
}

/** The Windows registry is not read: the installers that write to it put Pythons into the folders named here, and on the PATH. */
function versionFolders(variables: NodeJS.ProcessEnv, home: string): Versions[] {
  const data = variables['XDG_DATA_HOME'] ?? join(home, '.local', 'share');
  const local = variables['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local');
  const roaming = variables['APPDATA'] ?? join(home, 'AppData', 'Roaming');
  return [
    { origin: 'pyenv', folder: join(variables['PYENV_ROOT'] ?? join(home, '.pyenv'), 'versions') },
    {
      origin: 'uv',
      folder:
        variables['UV_PYTHON_INSTALL_DIR'] ??
        (windows ? join(roaming, 'uv', 'data', 'python') : join(data, 'uv', 'python')),
    },
    { origin: 'mise', folder: join(variables['MISE_DATA_DIR'] ?? join(data, 'mise'), 'installs', 'python') },
    { origin: 'asdf', folder: join(variables['ASDF_DATA_DIR'] ?? join(home, '.asdf'), 'installs', 'python') },
    ...['miniconda3', 'anaconda3', 'miniforge3', 'mambaforge', 'micromamba'].flatMap((name) =>
      condaFolders(home, name),
    ),
    { origin: 'Homebrew', folder: '/opt/homebrew/opt' },
    { origin: 'Homebrew', folder: '/usr/local/opt' },
    { origin: 'Homebrew', folder: '/home/linuxbrew/.linuxbrew/opt' },
    {
      origin: 'python.org',
      folder: windows ? join(local, 'Programs', 'Python') : '/Library/Frameworks/Python.framework/Versions',
    },
    ...(windows ? [{ origin: 'pyenv', folder: join(home, '.pyenv', 'pyenv-win', 'versions') }] : []),
    { origin: '/opt', folder: '/opt' },
    { origin: '/opt', folder: '/opt/python' },
  ];
}

function condaFolders(home: string, name: string): Versions[] {
  return [home, '/opt'].flatMap((parent) => [
    { origin: 'conda', folder: join(parent, name, 'envs') },
    { origin: 'conda', folder: join(parent, name, '.') },
  ]);
}

function plainFolders(home: string): Versions[] {
  if (windows) return [];
  return [
    { origin: '/usr/local/bin', folder: '/usr/local/bin' },
    { origin: '/usr/bin', folder: '/usr/bin' },
    { origin: 'Homebrew', folder: '/opt/homebrew/bin' },
    { origin: '~/.local/bin', folder: join(home, '.local', 'bin') },
  ];
}

function inFolder(folder: string, origin: string, kept: KeptNames): PythonCandidate[] {
  return kept.in(folder).map((name) => ({ path: join(folder, name), origin, standing: 'kept' }));
}

function inVersions({ folder, origin }: Versions): PythonCandidate[] {
  const names = folder.endsWith('.') ? [''] : namesIn(folder);
  return names.flatMap((name) => pythonIn(join(folder, name))).map((path) => ({ path, origin, standing: 'kept' }));
}

function pythonIn(prefix: string): string[] {
  const names = windows ? ['python.exe', 'Scripts/python.exe'] : ['bin/python3', 'bin/python'];
  const path = names.map((name) => join(prefix, name)).find((file) => existsSync(file));
  return path === undefined ? [] : [path];
}

/** Apple's `python3` opens a dialog box that offers to install the developer tools, where these are not installed. */
function opensADialog(path: string): boolean {
  return (
    process.platform === 'darwin' &&
    path.startsWith('/usr/bin/') &&
    !existsSync('/Library/Developer/CommandLineTools/usr/bin/python3')
  );
}

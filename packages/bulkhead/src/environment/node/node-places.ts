import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import type { KeptNames } from '../interpreters/kept-names.ts';
import { namesIn } from '../interpreters/names-in.ts';

/** An executable that may be a Node. */
export interface NodeCandidate {
  readonly path: string;
  /** Where it was found, in a word: `PATH`, `nvm`, `fnm`, … */
  readonly origin: string;
  readonly standing: NodeStanding;
}

/** `host`: what this process runs on; `default`: what `node` means in the user's shell. */
export type NodeStanding = 'host' | 'default' | 'kept';

/** A folder of versions, each with its Node inside. */
interface Versions {
  readonly origin: string;
  readonly folder: string;
  /** Between the folder of a version and its `bin`. */
  readonly inner?: string;
}

const windows = process.platform === 'win32';
/** What its executables are called. */
export const NODE_NAME: RegExp = /^node(?:js)?(?:-?\d+)?(?:\.exe)?$/i;

/** Every place where a Node may be kept, with what stands there; and the places' names, for messages. */
export function lookForNodes(
  variables: NodeJS.ProcessEnv,
  kept: KeptNames,
): { candidates: NodeCandidate[]; searched: string[] } {
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
  const searched = new Set([
    "the host's own",
    'PATH',
    ...versions.filter(({ folder }) => existsSync(folder)).map(({ origin }) => origin),
    ...(windows ? [] : ['/usr/bin', '/usr/local/bin', '/opt']),
  ]);
  return { candidates: [...hostNode(), ...markDefault(found)], searched: [...searched] };
}

/** A host may run in another program that holds Node, such as Electron. */
function hostNode(): NodeCandidate[] {
  const path = process.execPath;
  return NODE_NAME.test(basename(path)) ? [{ path, origin: "the host's own", standing: 'host' }] : [];
}

/** The shell's `node` is the first on the PATH. */
function markDefault(candidates: readonly NodeCandidate[]): NodeCandidate[] {
  const chosen = candidates.findIndex(({ path, origin }) => origin === 'PATH' && /^node(\.exe)?$/.test(basename(path)));
  return candidates.map((candidate, index) => (index === chosen ? { ...candidate, standing: 'default' } : candidate));
}

function versionFolders(variables: NodeJS.ProcessEnv, home: string): Versions[] {
  const data = variables['XDG_DATA_HOME'] ?? join(home, '.local', 'share');
  const roaming = variables['APPDATA'] ?? join(home, 'AppData', 'Roaming');
  const local = variables['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local');
  const nvm = variables['NVM_DIR'] ?? join(home, '.nvm');
  const fnm = fnmFolders(variables, { home, data, roaming });
  return [
    ...(windows
      ? [{ origin: 'nvm', folder: variables['NVM_HOME'] ?? join(roaming, 'nvm') }]
      : [
          { origin: 'nvm', folder: join(nvm, 'versions', 'node') },
          {
            origin: 'nvm',
            folder: join(variables['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'nvm', 'versions', 'node'),
          },
        ]),
    ...fnm.map((folder) => ({ origin: 'fnm', folder: join(folder, 'node-versions'), inner: 'installation' })),
    {
      origin: 'volta',
      folder: join(
        variables['VOLTA_HOME'] ?? (windows ? join(local, 'Volta') : join(home, '.volta')),
        'tools',
        'image',
        'node',
      ),
    },
    { origin: 'mise', folder: join(variables['MISE_DATA_DIR'] ?? join(data, 'mise'), 'installs', 'node') },
    { origin: 'asdf', folder: join(variables['ASDF_DATA_DIR'] ?? join(home, '.asdf'), 'installs', 'nodejs') },
    { origin: 'nodenv', folder: join(variables['NODENV_ROOT'] ?? join(home, '.nodenv'), 'versions') },
    { origin: 'n', folder: join(variables['N_PREFIX'] ?? '/usr/local', 'n', 'versions', 'node') },
    { origin: 'Homebrew', folder: '/opt/homebrew/opt' },
    { origin: 'Homebrew', folder: '/usr/local/opt' },
    { origin: 'Homebrew', folder: '/home/linuxbrew/.linuxbrew/opt' },
    { origin: '/opt', folder: '/opt' },
  ];
}

/** Its own documentation names no place for good: it has moved with the years. */
function fnmFolders(
  variables: NodeJS.ProcessEnv,
  { home, data, roaming }: Readonly<Record<'home' | 'data' | 'roaming', string>>,
): string[] {
  const given = variables['FNM_DIR'];
  const usual = [join(data, 'fnm'), join(home, '.fnm')];
  if (windows) usual.push(join(roaming, 'fnm'));
  if (process.platform === 'darwin') usual.push(join(home, 'Library', 'Application Support', 'fnm'));
  return [...(given === undefined ? [] : [given]), ...usual];
}

function plainFolders(home: string): Versions[] {
  if (windows) return [{ origin: 'nodejs.org', folder: 'C:\\Program Files\\nodejs' }];
  return [
    { origin: '/usr/local/bin', folder: '/usr/local/bin' },
    { origin: '/usr/bin', folder: '/usr/bin' },
    { origin: 'Homebrew', folder: '/opt/homebrew/bin' },
    { origin: '~/.local/bin', folder: join(home, '.local', 'bin') },
  ];
}

function inFolder(folder: string, origin: string, kept: KeptNames): NodeCandidate[] {
  return kept.in(folder).map((name) => ({ path: join(folder, name), origin, standing: 'kept' }));
}

function inVersions({ folder, origin, inner = '' }: Versions): NodeCandidate[] {
  const names = windows ? ['node.exe'] : ['bin/node'];
  const files = namesIn(folder).flatMap((version) => names.map((name) => join(folder, version, inner, name)));
  return files.filter((path) => existsSync(path)).map((path) => ({ path, origin, standing: 'kept' }));
}

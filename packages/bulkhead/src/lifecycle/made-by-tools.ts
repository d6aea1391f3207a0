import { basename, sep } from 'node:path';

/** Made by tools, not by authors. */
const FOLDERS = new Set([
  '.git',
  '.hg',
  '.svn',
  '.venv',
  'venv',
  '__pycache__',
  '.mypy_cache',
  '.pytest_cache',
  '.ruff_cache',
  '.tox',
  '.idea',
  '.vscode',
  'node_modules',
]);
/** Files that editors and systems put beside a file (Vim, Emacs, Kate, JetBrains, macOS), and Python's byte code. */
const FILES = /~$|^\.?#|\.sw[a-z]$|^4913$|\.tmp$|___jb_(tmp|old)___$|^\.DS_Store$|\.py[co]$|\.kate-swp$/;

/** Where build backends leave what they have built, at the top of a project. */
const BUILT = /^(?:build|dist)(?:$|[\\/])/;

/** Whether a path in a library that is installed from this disk says nothing of the library. */
export function isMadeByBuilds(path: string): boolean {
  return BUILT.test(path) || isMadeByTools(path);
}

/** Whether a path in a project is one that its author did not write. */
export function isMadeByTools(path: string): boolean {
  return path.split(sep).some((part) => FOLDERS.has(part) || part.endsWith('.egg-info')) || FILES.test(basename(path));
}

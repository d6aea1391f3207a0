import { execFile } from 'node:child_process';
import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { benchFile } from '../floor-process.ts';
import type { Tools } from './worker.ts';

const run = promisify(execFile);

/** The folder of the peers, kept between runs, with a virtual environment of its own. */
export async function toolsFolder(python: string): Promise<Tools> {
  const folder = benchFile('../.cache/bench-peers');
  await mkdir(join(folder, 'node'), { recursive: true });
  const own = join(folder, 'python', 'bin', 'python');
  if (!(await exists(own))) await run(python, ['-m', 'venv', join(folder, 'python')]);
  return { folder, python: own };
}

/** Installs the missing packages. @throws Error with the installer's last line */
export async function install(tools: Tools, npm: readonly string[], pypi: readonly string[]): Promise<void> {
  const node = join(tools.folder, 'node');
  const missing = await without(npm, (name) => exists(join(node, 'node_modules', name)));
  if (missing.length > 0)
    await attempt('npm', ['install', '--prefix', node, '--no-audit', '--no-fund', '--loglevel=error', ...missing]);
  const absent = await without(pypi, (name) => isInstalled(tools.python, name));
  if (absent.length > 0)
    await attempt(tools.python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...absent]);
}

async function without(
  names: readonly string[],
  isThere: (name: string) => Promise<boolean>,
): Promise<readonly string[]> {
  const there = await Promise.all(names.map(isThere));
  return names.filter((_, index) => there[index] !== true);
}

async function isInstalled(python: string, name: string): Promise<boolean> {
  return await run(python, ['-c', `import importlib.metadata as m; m.version("${name}")`]).then(
    () => true,
    () => false,
  );
}

async function attempt(command: string, parameters: readonly string[]): Promise<void> {
  try {
    await run(command, parameters);
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new Error((stderr ?? message).trim().split('\n').at(-1), { cause: error });
  }
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { sharedTools } from '../environment/shared-uv.ts';
import { TEST_HOME } from '../test-home.ts';
import { REPOSITORY } from './repository.ts';

export interface CommandResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const LONGEST_COMMAND = 120_000;

/** The folder in which a reader who follows a page would work: bulkhead is installed, the page's samples lie in it as files. */
export class PageProject {
  readonly folder: string;
  readonly variables: Record<string, string>;
  #workingFolder: string;

  private constructor(folder: string, variables: Record<string, string>) {
    this.folder = folder;
    this.variables = variables;
    this.#workingFolder = folder;
  }

  static async make(): Promise<PageProject> {
    // the real path: on some systems the folder for temporary files is a link, and a shell's `pwd` says where it leads
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'bulkhead-page-')));
    const { uv } = await sharedTools();
    const { stdout: python } = await promisify(execFile)('python3', ['-c', 'import sys; print(sys.executable)']);
    const modules = join(folder, 'node_modules');
    await mkdir(join(modules, '.bin'), { recursive: true });
    await symlink(join(REPOSITORY, 'packages', 'bulkhead'), join(modules, 'bulkhead'));
    for (const installed of ['@types', '@bulkhead', 'esbuild', '@esbuild', 'fastify', 'express', 'zod'])
      await symlink(join(REPOSITORY, 'node_modules', installed), join(modules, installed));
    await symlink(join('..', 'esbuild', 'bin', 'esbuild'), join(modules, '.bin', 'esbuild'));
    await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
    await writeProgram(join(modules, '.bin', 'bulkhead'), [
      process.execPath,
      join(REPOSITORY, 'packages/bulkhead/dist/bundle/cli/main.js'),
    ]);
    await writeProgram(join(modules, '.bin', 'uv'), [uv]);
    await writeProgram(join(modules, '.bin', 'python'), [python.trim()]);
    return new PageProject(folder, {
      ...(process.env as Record<string, string>),
      PATH: [join(modules, '.bin'), process.env['PATH']].join(delimiter),
      PYTHONPATH: join(REPOSITORY, 'packages/plugin-sdk-python/src'),
      BULKHEAD_HOME: TEST_HOME,
      BULKHEAD_UV: uv,
      NO_COLOR: '1',
    });
  }

  async write(path: string, text: string): Promise<string> {
    const file = join(this.folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    return file;
  }

  /** A plugin folder that a registry names and the page doesn't write is that of the examples, with their data beside it. */
  async borrowExample(folder: string): Promise<void> {
    const name = folder.slice(folder.lastIndexOf('/') + 1);
    const example = join(REPOSITORY, 'examples', 'plugins', name);
    if (existsSync(folder) || !existsSync(example)) return;
    await cp(example, folder, { recursive: true, filter: (path) => !/\.venv|__pycache__|\.pytest_cache/.test(path) });
    await cp(join(REPOSITORY, 'examples', 'data'), join(this.folder, 'data'), { recursive: true });
  }

  /** Runs a command in the folder that the one before it left the shell in, unless another is given. */
  async shell(command: string, folder?: string): Promise<CommandResult> {
    if (folder !== undefined) this.#workingFolder = join(this.folder, folder);
    const left = join(this.folder, 'node_modules', '.left-in');
    const result = await this.run('bash', ['-c', `trap 'pwd > "${left}"' EXIT\n${command}`], this.#workingFolder);
    this.#workingFolder = (await readFile(left, 'utf8')).trim();
    return result;
  }

  async run(file: string, parameters: readonly string[], folder: string = this.folder): Promise<CommandResult> {
    const child = spawn(file, parameters, {
      cwd: folder,
      env: this.variables,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LONGEST_COMMAND,
    });
    const [stdout, stderr, [status]] = await Promise.all([
      allOf(child.stdout),
      allOf(child.stderr),
      once(child, 'close') as Promise<[number | null]>,
    ]);
    return { status, stdout, stderr };
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function writeProgram(file: string, command: readonly string[]): Promise<void> {
  await writeFile(file, `#!/bin/sh\nexec ${command.map((part) => `"${part}"`).join(' ')} "$@"\n`);
  await chmod(file, 0o755);
}

async function allOf(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

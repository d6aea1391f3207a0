import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { asReason } from '../../errors/as-reason.ts';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { messageOf } from '../../lifecycle/message-of.ts';
import { name as namesOfPlugins } from '../../registry/fields/forms.ts';
import { idFromFolder } from '../../registry/id-from-folder.ts';
import { addPlugin } from '../../registry/write-registry.ts';
import { fileFailure } from '../files/file-failure.ts';
import { findRegistry } from '../files/find-registry.ts';
import { type NodeLanguage, nodePluginFiles } from '../files/node-template.ts';
import { pluginFiles } from '../files/plugin-template.ts';
import { pathFrom } from '../files/relative-path.ts';
import type { Terminal } from '../output/terminal.ts';

export interface NewOptions {
  readonly registry?: string;
  /** The plugin's folder. */
  readonly path?: string;
  /** Whether it is to run in a container. */
  readonly docker?: boolean;
  /** What it is written in. */
  readonly lang?: 'python' | NodeLanguage;
}

/** `bulkhead new`: writes a plugin that works, and adds it to the registry if there is one. */
export async function newCommand(name: string, options: NewOptions, terminal: Terminal): Promise<number> {
  requireName(name);
  const isContained = options.docker === true;
  const { lang = 'python' } = options;
  if (isContained && lang !== 'python')
    throw new BulkheadError('ARGUMENT_INVALID', {
      argument: '--docker',
      reason: 'it writes a Dockerfile for Python, and `--lang` asks for another language',
    });
  const folder = resolve(options.path ?? join('plugins', name));
  if (existsSync(folder)) throw new BulkheadError('FILE_EXISTS', { file: folder });
  const registry = findRegistry(options.registry);
  try {
    await writePlugin(folder, lang === 'python' ? pluginFiles(name, isContained) : nodePluginFiles(name, lang));
  } catch (error) {
    throw fileFailure(error, '--path', folder);
  }
  if (registry !== undefined) await register(registry, name, folder, isContained);
  const unlocked = isContained ? await lock(name, folder, terminal) : undefined;
  terminal.out.write(whatWasDone(name, folder, { registry, isContained, unlocked, lang }));
  return 0;
}

/** @returns why it has no uv.lock, which is no reason to take the plugin back */
async function lock(name: string, folder: string, terminal: Terminal): Promise<string | undefined> {
  const { lockProject } = await import('../../environment/uv/lock-project.ts');
  const { StateFolder } = await import('../../environment/state-folder.ts');
  const { listenForInterruption } = await import('../interruption.ts');
  const { showProgress } = await import('../output/progress-display.ts');
  const display = showProgress(terminal);
  using interruption = listenForInterruption();
  const { signal } = interruption;
  try {
    const settings = { state: StateFolder.of(process.env), variables: process.env, signal, progress: display.sink };
    await lockProject(name, folder, settings);
    return undefined;
  } catch (error) {
    return asReason(messageOf(error));
  } finally {
    display.close();
  }
}

function requireName(name: string): void {
  const [wrong] = namesOfPlugins.problems(name, []);
  if (wrong === undefined) return;
  const reason = `expected ${'expected' in wrong ? wrong.expected : 'another name'}, found "${name}". For example: ${idFromFolder(name)}`;
  throw new BulkheadError('ARGUMENT_INVALID', { argument: 'name', reason });
}

async function writePlugin(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { flag: 'wx' });
  }
}

/** A folder that could not be registered would be in the way of the next try. */
async function register(registry: string, id: string, folder: string, isContained: boolean): Promise<void> {
  try {
    const path = pathFrom(dirname(registry), folder);
    await addPlugin(registry, { id, path, ...(isContained ? { isolation: 'docker' } : {}) });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw fileFailure(error, '--registry', registry);
  }
}

interface Done {
  /** Where the plugin was added to. */
  readonly registry: string | undefined;
  readonly isContained: boolean;
  /** Why it has no uv.lock. */
  readonly unlocked: string | undefined;
  readonly lang: 'python' | NodeLanguage;
}

function whatWasDone(id: string, folder: string, { registry, isContained, unlocked, lang }: Done): string {
  const shown = pathFrom(process.cwd(), folder);
  const test = lang === 'python' ? `bulkhead test ${id}` : `cd ${shown} && npm install && node --test`;
  const commands = `  bulkhead run ${id} --input '{"name": "Ada"}'\n  ${test}\n`;
  const image = isContained ? 'The first call builds its image, for which Docker or Podman is needed.\n' : '';
  const first =
    unlocked === undefined
      ? ''
      : `\nIts uv.lock could not be written, and the image is built from it: ${unlocked}.\nBefore you go on:\n  cd ${shown} && uv lock\n`;
  if (registry !== undefined)
    return `Wrote ${shown} and added "${id}" to ${pathFrom(process.cwd(), registry)}.\n${first}\nTry it:\n${commands}${image}`;
  const entry = [`- id: ${id}`, `  path: ${shown}`, ...(isContained ? ['  isolation: docker'] : [])];
  return `Wrote ${shown}.\n${first}\nThere is no registry yet. Write one with \`bulkhead init\`, and add the plugin to it:\n  plugins:\n${entry.map((line) => `    ${line}\n`).join('')}\nThen try it:\n${commands}${image}`;
}

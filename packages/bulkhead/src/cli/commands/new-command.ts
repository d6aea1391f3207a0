import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { schemaOf } from '../../registry/fields/mapping.ts';
import { id } from '../../registry/fields/plugin.ts';
import { idFromFolder } from '../../registry/id-from-folder.ts';
import { addPlugin } from '../../registry/write-registry.ts';
import { fileFailure } from '../files/file-failure.ts';
import { findRegistry } from '../files/find-registry.ts';
import { pluginFiles } from '../files/plugin-template.ts';
import { pathFrom } from '../files/relative-path.ts';
import type { Terminal } from '../output/terminal.ts';

export interface NewOptions {
  readonly registry?: string;
  /** The plugin's folder. */
  readonly path?: string;
}

/** `bulkhead new`: writes a plugin that works, and adds it to the registry if there is one. */
export async function newCommand(name: string, options: NewOptions, { out }: Terminal): Promise<number> {
  requireName(name);
  const folder = resolve(options.path ?? join('plugins', name));
  if (existsSync(folder)) throw new BulkheadError('FILE_EXISTS', { file: folder });
  const registry = findRegistry(options.registry);
  try {
    await writePlugin(name, folder);
  } catch (error) {
    throw fileFailure(error, '--path', folder);
  }
  if (registry !== undefined) await register(registry, name, folder);
  out.write(whatWasDone(name, folder, registry));
  return 0;
}

function requireName(name: string): void {
  const checked = schemaOf(id).safeParse(name);
  if (checked.success) return;
  const reason = `expected ${checked.error.issues[0]?.message ?? 'another name'}, found "${name}". For example: ${idFromFolder(name)}`;
  throw new BulkheadError('ARGUMENT_INVALID', { argument: 'name', reason });
}

async function writePlugin(id: string, folder: string): Promise<void> {
  for (const [path, text] of Object.entries(pluginFiles(id))) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { flag: 'wx' });
  }
}

/** A folder that could not be registered would be in the way of the next try. */
async function register(registry: string, id: string, folder: string): Promise<void> {
  try {
    await addPlugin(registry, { id, path: pathFrom(dirname(registry), folder) });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw fileFailure(error, '--registry', registry);
  }
}

function whatWasDone(id: string, folder: string, registry: string | undefined): string {
  const shown = pathFrom(process.cwd(), folder);
  const commands = `  bulkhead run ${id} --input '{"name": "Ada"}'\n  bulkhead test ${id}\n`;
  if (registry !== undefined)
    return `Wrote ${shown} and added "${id}" to ${pathFrom(process.cwd(), registry)}.\n\nTry it:\n${commands}`;
  return `Wrote ${shown}.\n\nThere is no registry yet. Write one with \`bulkhead init\`, and add the plugin to it:\n  plugins:\n    - id: ${id}\n      path: ${shown}\n\nThen try it:\n${commands}`;
}

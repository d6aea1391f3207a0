import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DeclaredProject } from './declared-project.ts';

/** Requirements, sources or a lock file that name something by its path from here. */
const RELATIVE = /\$\{|@\s*\.{0,2}[\\/]|\bfile:|"(?:path|workspace)":|source = \{ (?:directory|editable|path) = "/;

/** Whether the same words in another folder would mean something else: then plugins that use them share no environment. */
export function dependsOnPlace(
  { own, settings }: DeclaredProject,
  requirements: readonly string[],
  lock: string | undefined,
): boolean {
  return own?.isPackage === true || RELATIVE.test(JSON.stringify([requirements, settings['sources']]) + (lock ?? ''));
}

/** A requirement whose path is relative to `folder`, or names that folder as uv's projects do, with an address that means the same from anywhere. */
export function atPlace(text: string, folder: string): string {
  const [whole = '', head = '', path = ''] = /^([^@]*@\s*)(?:file:(?!\/)|(?=\.{1,2}[\\/]))([^\s;]+)/.exec(text) ?? [];
  if (whole !== '') return `${head}${addressOf(resolve(folder, path))}${text.slice(whole.length)}`;
  return text.replace(/\bfile:\/*\$\{PROJECT_ROOT\}([^\s;]*)/, (_, rest: string) => addressOf(`${folder}${rest}`));
}

function addressOf(path: string): string {
  return pathToFileURL(resolve(path)).href;
}

import { existsSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { isMissing, readRegularFile } from '../../lifecycle/read-regular-file.ts';
import { globExpression } from './glob-expression.ts';

/** A line of a .gitignore. */
interface Rule {
  /** Of a path relative to the file's folder. */
  readonly pattern: RegExp;
  readonly includes: boolean;
  readonly onlyFolders: boolean;
}

const LARGEST_FILE = 256 * 1024;

/** What git ignores in one folder, by the .gitignore files there and above, up to the repository's root. */
export class GitIgnore {
  readonly #folder: string;
  readonly #rules: readonly Rule[];
  readonly #above: GitIgnore | undefined;

  private constructor(folder: string, rules: readonly Rule[], above: GitIgnore | undefined) {
    this.#folder = folder;
    this.#rules = rules;
    this.#above = above;
  }

  /** For the top of a tree, which may lie anywhere in a repository, or in none. */
  static async at(folder: string): Promise<GitIgnore> {
    const folders = [folder];
    let top: string | undefined = folder;
    while (top !== undefined && !existsSync(join(top, '.git'))) {
      top = top === dirname(top) ? undefined : dirname(top);
      if (top !== undefined) folders.unshift(top);
    }
    let found: GitIgnore | undefined;
    if (top !== undefined) found = new GitIgnore(top, await rulesIn(join(top, '.git', 'info', 'exclude')), undefined);
    for (const each of top === undefined ? [folder] : folders) {
      // a tree that is ignored as a whole was meant by whoever named it
      const above = each !== top && found?.ignores(each, true) === true ? undefined : found;
      found = await GitIgnore.#below(above, each);
    }
    return found ?? new GitIgnore(folder, [], undefined);
  }

  async into(folder: string): Promise<GitIgnore> {
    return await GitIgnore.#below(this, folder);
  }

  /** The last rule that fits decides, in the file that is nearest. */
  ignores(path: string, isFolder: boolean): boolean {
    const own = relative(this.#folder, path).split(sep).join('/');
    const rule = this.#rules.findLast(({ pattern, onlyFolders }) => (isFolder || !onlyFolders) && pattern.test(own));
    return rule === undefined ? (this.#above?.ignores(path, isFolder) ?? false) : !rule.includes;
  }

  static async #below(above: GitIgnore | undefined, folder: string): Promise<GitIgnore> {
    const rules = await rulesIn(join(folder, '.gitignore'));
    return above !== undefined && rules.length === 0 ? above : new GitIgnore(folder, rules, above);
  }
}

async function rulesIn(file: string): Promise<Rule[]> {
  if (isMissing(file)) return [];
  const text = await readRegularFile(file, LARGEST_FILE).catch(() => undefined);
  return text === undefined ? [] : text.toString('utf8').split(/\r?\n/).flatMap(ruleOf);
}

/** As git's documentation has it: gitignore(5), "Pattern format". */
function ruleOf(line: string): Rule[] {
  const written = line.replace(/(?<!\\)[ \t]+$/, '');
  if (written === '' || written.startsWith('#')) return [];
  const includes = written.startsWith('!');
  const glob = includes ? written.slice(1) : written;
  const onlyFolders = glob.endsWith('/');
  const path = onlyFolders ? glob.slice(0, -1) : glob;
  // a slash in the middle or at the beginning binds the pattern to the file's own folder
  const isBound = path.includes('/');
  const source = `^${isBound ? '' : '(?:.*/)?'}${globExpression(path.replace(/^\//, ''))}$`;
  try {
    return [{ pattern: new RegExp(source, 's'), includes, onlyFolders }];
  } catch {
    return []; // such as a range that runs backwards, which fits nothing
  }
}

import { join } from 'node:path';
import { readRegularFile } from '../../lifecycle/read-regular-file.ts';
import { globExpression } from '../build/glob-expression.ts';

interface Rule {
  /** Of a path relative to the folder, or of a folder above it. */
  readonly pattern: RegExp;
  readonly includes: boolean;
}

const LARGEST_FILE = 256 * 1024;
const LONGEST_PATTERN = 1_000;
/** What the builder needs is sent, whatever the file says. */
const NEEDED = new Set(['Dockerfile', '.dockerignore']);

/** What a folder's .dockerignore keeps out of a build. */
export class DockerIgnore {
  readonly #rules: readonly Rule[];

  private constructor(rules: readonly Rule[]) {
    this.#rules = rules;
  }

  static async of(folder: string): Promise<DockerIgnore> {
    const text = await readRegularFile(join(folder, '.dockerignore'), LARGEST_FILE).catch(() => undefined);
    return new DockerIgnore(text === undefined ? [] : text.toString('utf8').split(/\r?\n/).flatMap(ruleOf));
  }

  /** The last rule that fits decides. @param path relative to the folder, with slashes */
  excludes(path: string): boolean {
    if (NEEDED.has(path)) return false;
    const rule = this.#rules.findLast(({ pattern }) => pattern.test(path));
    return rule !== undefined && !rule.includes;
  }

  /** Whether nothing below an excluded folder can be included again. */
  get isFinal(): boolean {
    return this.#rules.every(({ includes }) => !includes);
  }
}

/** As Docker's documentation has it: unlike in a .gitignore, every pattern is bound to the folder itself. */
function ruleOf(line: string): Rule[] {
  const written = line.trim();
  if (written === '' || written.startsWith('#') || written.length > LONGEST_PATTERN) return [];
  const includes = written.startsWith('!');
  const path = (includes ? written.slice(1).trim() : written).replace(/^(\.?\/)+/, '').replace(/\/+$/, '');
  try {
    return [{ pattern: new RegExp(`^${globExpression(path)}(?:/|$)`, 's'), includes }];
  } catch {
    return []; // such as a range that runs backwards, which fits nothing
  }
}

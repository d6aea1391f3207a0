import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';

const PACKAGES = fileURLToPath(new URL('../../packages', import.meta.url));

/**
 * What a package's door exports.
 *
 * @typedef {object} Exported
 * @property {string} name
 * @property {string} file path of the file that declares it
 * @property {any} node of the syntax tree (ESTree with TypeScript)
 * @property {Source} source
 */

/**
 * @param {string} door path of an `index.ts`, which only re-exports by name
 * @returns {Exported[]} in its order
 */
export function exportedDeclarations(door) {
  return reExportsOf(Source.read(door)).map(({ from, name }) => declarationOf(from, name));
}

/** A file's text, tree and comments. */
export class Source {
  /** @type {Map<string, Source>} */
  static #read = new Map();

  /** @param {string} file */
  static read(file) {
    const known = Source.#read.get(file) ?? new Source(file);
    Source.#read.set(file, known);
    return known;
  }

  /** @param {string} file */
  constructor(file) {
    this.file = file;
    this.text = readFileSync(file, 'utf8');
    const { program, comments, errors } = parseSync(file, this.text);
    if (errors[0] !== undefined) throw new Error(`${file}: ${errors[0].message}`);
    /** @type {any[]} */
    this.statements = program.body;
    this.comments = comments;
  }

  /** @param {{start: number, end: number}} node */
  textOf({ start, end }) {
    return this.text.slice(start, end);
  }

  /** The text of the documentation comment right before a node, without its marks. @param {{start: number}} node */
  commentBefore({ start }) {
    const comment = this.comments.find(({ end }) => end <= start && this.text.slice(end, start).trim() === '');
    if (comment?.type !== 'Block' || !comment.value.startsWith('*')) return '';
    return comment.value
      .slice(1)
      .replace(/^[ \t]*\* ?/gm, '')
      .trim();
  }
}

/** @param {Source} source @returns {{from: string, name: string}[]} */
function reExportsOf({ file, statements }) {
  return statements.flatMap(({ type, source, specifiers }) => {
    if (type !== 'ExportNamedDeclaration' || source === null) throw new Error(`${file} has to re-export, by name`);
    const from = resolved(file, source.value);
    return specifiers.map((/** @type {any} */ { local }) => ({ from, name: local.name }));
  });
}

/** @param {string} importer @param {string} target */
function resolved(importer, target) {
  if (target.startsWith('.')) return join(dirname(importer), target);
  return join(PACKAGES, target.replace('@bulkhead/', ''), 'src', 'index.ts');
}

/** @param {string} file @param {string} name @returns {Exported} */
function declarationOf(file, name) {
  const source = Source.read(file);
  const found = named(source, name);
  if (found === undefined) throw new Error(`${file} does not declare ${name}`);
  return found;
}

/**
 * What a name means in a file.
 *
 * @param {Source} source
 * @param {string} name
 * @returns {Exported | undefined} undefined for what is not of this repository
 */
export function named(source, name) {
  const { file } = source;
  for (const statement of source.statements) {
    if (declaredBy(statement).includes(name)) return { name, file, node: statement, source };
    const { source: from, specifiers = [] } = statement;
    for (const { local, imported, exported } of specifiers)
      if ((exported ?? local).name === name && /^(\.|@bulkhead\/)/.test(from?.value))
        return declarationOf(resolved(file, from.value), (exported === undefined ? imported : local).name);
  }
  return undefined;
}

/** @param {any} statement @returns {string[]} */
function declaredBy(statement) {
  const { id, declarations = [] } = statement.declaration ?? statement;
  return [id, ...declarations.map((/** @type {any} */ declared) => declared.id)].flatMap((one) => one?.name ?? []);
}

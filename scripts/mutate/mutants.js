// The changes that a mutation run may make to a source file: each one a mistake that a programmer could have made.
import { parseAst } from 'vitest/node';

/**
 * @typedef {object} Mutant
 * @property {string} file path relative to the repository
 * @property {number} line from 1
 * @property {number} start where the replaced text begins
 * @property {number} end
 * @property {string} before
 * @property {string} after
 */

/** @typedef {{type: string, start: number, end: number, [field: string]: unknown}} Node */
/** @typedef {{node: Node, after: string}} Change */

/** @type {Readonly<Record<string, string>>} */
const OPPOSITES = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '&&': '||',
  '||': '&&',
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
};

/** @type {Readonly<Record<string, string>>} */
const OTHER_METHODS = { some: 'every', every: 'some', max: 'min', min: 'max' };
/** What is only logged changes nothing that a user of the library can rely on. */
const LOGGING = new Set(['trace', 'debug', 'info', 'warn', 'error']);

/**
 * @param {string} file
 * @param {string} text its content
 * @returns {Mutant[]} in the order of the text
 */
export function mutantsIn(file, text) {
  /** @type {Mutant[]} */
  const mutants = [];
  const lines = lineStarts(text);
  for (const node of nodesIn(/** @type {Node} */ (/** @type {unknown} */ (parseAst(text, { lang: 'ts' })))))
    for (const change of changesOf(node, text)) {
      const { start, end } = change.node;
      const line = lines.findLastIndex((begin) => begin <= start) + 1;
      mutants.push({ file, line, start, end, before: text.slice(start, end), after: change.after });
    }
  return mutants.toSorted((one, other) => one.start - other.start || one.end - other.end);
}

/** @param {Mutant} mutant @param {string} text */
export function applied({ start, end, after }, text) {
  return text.slice(0, start) + after + text.slice(end);
}

/** @param {Mutant} mutant @returns {string} on one line */
export function described({ before, after }) {
  const [from = '', to = ''] = [before, after].map((each) => {
    const line = each.replaceAll(/\s+/g, ' ');
    return line.length > 60 ? `${line.slice(0, 59)}…` : line;
  });
  return `${from}  →  ${to === '' ? '(removed)' : to}`;
}

/** Removed, these change nothing but what a program costs. */
const SAVINGS = new Set(['cork']);
/** A measured time never equals the limit that it is compared with, so `<=` does what `<` does. */
const IS_TIME = /milliseconds|performance\.now\(\)/i;

/** @param {Node} node @param {string} text @returns {Change[]} */
function changesOf(node, text) {
  const field = (/** @type {string} */ name) => /** @type {Node} */ (node[name]);
  const source = (/** @type {Node} */ each) => text.slice(each.start, each.end);
  switch (node.type) {
    case 'IfStatement':
    case 'ConditionalExpression':
      return ['true', 'false'].map((after) => ({ node: field('test'), after }));
    case 'WhileStatement':
      return [{ node: field('test'), after: 'false' }];
    case 'LogicalExpression':
    case 'BinaryExpression': {
      const operator = String(node['operator']);
      const opposite = OPPOSITES[operator];
      const [left, right] = [field('left'), field('right')];
      if (opposite === undefined || (operator === '+' && [left, right].some(isText))) return [];
      if (/^[<>]/.test(operator) && IS_TIME.test(source(node))) return [];
      return [{ node, after: `${source(left)} ${opposite} ${source(right)}` }];
    }
    case 'UnaryExpression':
      return node['operator'] === '!' ? [{ node, after: source(field('argument')) }] : [];
    case 'Literal':
      return typeof node['value'] === 'boolean' ? [{ node, after: String(!node['value']) }] : [];
    case 'ExpressionStatement':
      return isRemovable(field('expression')) ? [{ node, after: '' }] : [];
    case 'MemberExpression': {
      const property = field('property');
      const other = node['computed'] === true ? undefined : OTHER_METHODS[String(property['name'])];
      return other === undefined ? [] : [{ node: property, after: other }];
    }
    default:
      return [];
  }
}

/** @param {Node} node */
function isText(node) {
  return node.type === 'TemplateLiteral' || (node.type === 'Literal' && typeof node['value'] === 'string');
}

/** @param {Node} expression */
function isRemovable(expression) {
  const inner = expression.type === 'AwaitExpression' ? /** @type {Node} */ (expression['argument']) : expression;
  if (inner.type !== 'CallExpression') return /^(?:Assignment|Update|Chain)Expression$/.test(inner.type);
  const callee = /** @type {Node} */ (inner['callee']);
  const called = /** @type {Node | undefined} */ (callee['property']);
  const name = String(called?.['name']);
  return callee.type !== 'Super' && !LOGGING.has(name) && !SAVINGS.has(name);
}

/** Every node that is there when the program runs: no types, no imports. @param {Node} node @returns {Generator<Node>} */
function* nodesIn(node) {
  if (/^(?:TS(?!AsExpression|NonNullExpression|SatisfiesExpression)|Import|ExportAll)/.test(node.type)) return;
  yield node;
  for (const value of Object.values(node))
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) yield* nodesIn(child);
}

/** @param {unknown} value @returns {value is Node} */
function isNode(value) {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** @param {string} text */
function lineStarts(text) {
  return [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
}

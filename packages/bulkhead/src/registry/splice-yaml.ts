import {
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Document,
  type Node,
  type Pair,
  stringify,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';

/**
 * Small changes to the text of a YAML file, at the offsets of its parsed nodes: writing out the document would reformat the
 * whole file. Each returns undefined if it can't make the change; the caller checks the result by parsing it.
 */

/** The value of a key, where it is a scalar on one line. */
export function replaceScalar(
  source: string,
  map: YAMLMap | undefined,
  name: string,
  value: string | boolean,
): string | undefined {
  const node = map?.get(name, true);
  if (!isScalar(node) || !node.range || node.anchor !== undefined) return undefined;
  const [start, end] = node.range;
  const mark = source[start];
  const isQuoted = typeof value === 'string' && (mark === '"' || mark === "'");
  return spliced(source, start, end, isQuoted ? quoted(value, mark) : flow(value));
}

/** A new key after the last one whose value is simple enough to tell where it ends. */
export function insertPair(source: string, map: YAMLMap | undefined, name: string, value: unknown): string | undefined {
  if (map === undefined) return undefined;
  if (map.flow === true) return insertIntoFlow(source, map, `${name}: ${flow(value)}`);
  const last = map.items.findLast((pair) => isOneLine(source, pair));
  const first = map.items[0];
  if (last === undefined || first === undefined) return undefined;
  const indent = ' '.repeat(columnOf(source, startOf(first.key)));
  return insertLines(source, endOf(last.value), [`${indent}${name}: ${flow(value)}`]);
}

/** A new last item of the list at `path`; an empty list, or nothing, becomes a list. */
export function insertIntoList(
  source: string,
  document: Document,
  path: readonly (string | number)[],
  item: unknown,
): string | undefined {
  const list: unknown = document.getIn(path, true);
  const holder: unknown = document.getIn(path.slice(0, -1), true) ?? document.contents;
  const pair = isMap(holder) ? holder.items.find(({ key }) => isScalar(key) && key.value === path.at(-1)) : undefined;
  if (isSeq(list) && list.items.length > 0)
    return list.flow === true ? insertIntoFlow(source, list, flow(item)) : insertIntoBlock(source, list, item);
  if (pair === undefined || !isNode(pair.key)) return undefined;
  return startList(source, pair, item);
}

function insertIntoBlock(source: string, list: YAMLSeq, item: unknown): string {
  const indent = ' '.repeat(columnOf(source, list.range?.[0] ?? 0));
  const lines = itemLines(item, indent);
  const before = source.slice(startOf(list.items.at(-2)), startOf(list.items.at(-1)));
  const apart = list.items.length > 1 && /\n[ \t]*\r?\n([ \t]*#.*\n)*[ \t]*-[ \t]*$/.test(before);
  return insertLines(source, endOf(list.items.at(-1)), apart ? ['', ...lines] : lines);
}

function insertIntoFlow(source: string, collection: YAMLMap | YAMLSeq, text: string): string | undefined {
  const last = collection.items.at(-1);
  if (last === undefined || !collection.range) return undefined;
  const end = endOf(last);
  // After the last item: perhaps a comma and a comment, then the bracket.
  const comma = /^\s*,/.exec(source.slice(end, collection.range[1]))?.[0].length ?? 0;
  const ownLine = /\n([ \t]*)$/.exec(source.slice(collection.range[0], startOf(last)))?.[1];
  const space = ownLine === undefined ? ' ' : `${newline(source)}${ownLine}`;
  return comma > 0
    ? spliced(source, end + comma, end + comma, `${space}${text},`)
    : spliced(source, end, end, `,${space}${text}`);
}

function startList(source: string, { key, value }: Pair, item: unknown): string | undefined {
  const lines = itemLines(item, ' '.repeat(columnOf(source, startOf(key)) + 2));
  if (isScalar(value) && value.value === null && value.source === '') return insertLines(source, endOf(key), lines);
  if (!isCollection(value) || !value.range) return undefined;
  const [start, end] = value.range;
  if (!/^\[\s*\]$/.test(source.slice(start, end))) return undefined;
  if (typeof item === 'string') return spliced(source, start, end, `[${flow(item)}]`);
  return insertLines(source.slice(0, start).trimEnd() + source.slice(end), endOf(key), lines);
}

/** After the line on which `offset` is; a value that ends with its line break, such as `|`, ends on the line before. */
function insertLines(source: string, offset: number, lines: readonly string[]): string {
  const from = offset > 0 && source[offset - 1] === '\n' ? offset - 1 : offset;
  const at = source.indexOf('\n', from);
  const eol = newline(source);
  if (at < 0) return `${source}${eol}${lines.join(eol)}${eol}`;
  return spliced(source, at + 1, at + 1, lines.map((line) => `${line}${eol}`).join(''));
}

function itemLines(item: unknown, indent: string): string[] {
  if (typeof item !== 'object' || item === null) return [`${indent}- ${flow(item)}`];
  return Object.entries(item)
    .filter(([, value]) => value !== undefined)
    .map(([key, value], index) => `${indent}${index === 0 ? '- ' : '  '}${key}: ${flow(value)}`);
}

/** On one line. Text that is more than a plain word is quoted: lists of requirements are easier to read so. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{ ${Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([key, inner]) => `${key}: ${flow(inner)}`)
      .join(', ')} }`;
  if (typeof value === 'string' && !/^[A-Za-z0-9_./-]+$/.test(value)) return JSON.stringify(value);
  return stringify(value, { lineWidth: 0 }).trimEnd();
}

function quoted(value: string, mark: string): string {
  return mark === "'" ? `'${value.replaceAll("'", "''")}'` : JSON.stringify(value);
}

function spliced(source: string, start: number, end: number, text: string): string {
  return source.slice(0, start) + text + source.slice(end);
}

function newline(source: string): string {
  return source.includes('\r\n') ? '\r\n' : '\n';
}

function columnOf(source: string, offset: number): number {
  return offset - (source.lastIndexOf('\n', offset - 1) + 1);
}

function isOneLine(source: string, { key, value }: Pair): boolean {
  return isNode(value) && endOf(value) > 0 && !source.slice(startOf(key), endOf(value)).includes('\n');
}

function startOf(node: unknown): number {
  if (isPair(node)) return startOf(node.key);
  return (node as Node | undefined)?.range?.[0] ?? 0;
}

/** Where the last character of a node is, without the comments after it. */
function endOf(node: unknown): number {
  if (isPair(node)) return endOf(node.value) || endOf(node.key);
  if (isCollection(node) && node.flow !== true) return endOf(node.items.at(-1));
  return (node as Node | undefined)?.range?.[1] ?? 0;
}

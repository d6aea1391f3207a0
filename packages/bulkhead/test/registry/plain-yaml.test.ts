import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { describe, expect, it } from 'vitest';
import { type ListItems, readPlainYaml } from '../../src/registry/plain-yaml.ts';
import { parseYaml } from '../../src/registry/yaml-document.ts';

const USUAL = `---
# what a program of some years may have
x-notes: {owner: Ada, since: 2023}
plugins:
  - id: one   # first
    path: ./a
    python_version: "3.11"
    dependencies: ["pandas==2.0.0", 'numpy>=1.24', requests]
    permissions: { read: [./data, ~/more], network: false }
    resources: { memory: 512MiB, cpu: 1.5, pids: 64 }
    config:

      key: "\${env:KEY:-none}"
      quoted: 'it''s'
      list:
      - -1
      - [ ]
      - {}
      - nothing: ~
        more:
    env:
        LOG: debug # indented as its author likes
        ADDRESS: http://localhost:8080/#top
    as_of: 2023-06-01
  -  id: two
     path: b
resources:
  gpu: 2
`;

/** As the library reads it; undefined if it finds a mistake. */
function wholly(
  source: string,
): { value: unknown; positionOf(path: readonly (string | number)[]): unknown } | undefined {
  const { value, text, mistakes } = parseYaml(source, 'plugins.yaml');
  return mistakes.length > 0 ? undefined : { value, positionOf: (path) => text.position(path, 'value') };
}

/** Where the items of all lists stand, by their paths. */
function positionsIn(
  value: unknown,
  items: ListItems,
  path: readonly (string | number)[] = [],
): [path: readonly (string | number)[], position: unknown][] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  const own = Array.isArray(value)
    ? (items.get(value) ?? []).map((position, index): [readonly (string | number)[], unknown] => [
        [...path, index],
        position,
      ])
    : [];
  return [...own, ...inner.flatMap(([key, each]) => positionsIn(each, items, [...path, key]))];
}

function agrees(source: string): boolean {
  const plain = readPlainYaml(source);
  if (plain === undefined) return false;
  const whole = wholly(source);
  expect(plain.value, source).toStrictEqual(whole?.value);
  for (const [path, position] of positionsIn(plain.value, plain.items))
    expect(position, `${path.join('.')} in\n${source}`).toEqual(whole?.positionOf(path));
  return true;
}

describe('plain YAML', () => {
  it('is how registries are written', async () => {
    expect(agrees(USUAL)).toBe(true);
    expect(agrees(USUAL.replaceAll('\n', '\r\n'))).toBe(true);
    const examples = await Promise.all(
      ['../../../../bench/plugins.yaml', '../../../../bench/hooks.yaml', '../../../../bench/wires.yaml'].map((file) =>
        readFile(new URL(file, import.meta.url), 'utf8'),
      ),
    );
    for (const example of examples) expect(agrees(example), example).toBe(true);
  });

  it.each([
    ['an anchor', 'a: &a 1\n'],
    ['an alias', 'a: *a\n'],
    ['a merge key', '<<: { a: 1 }\n'],
    ['a tag', 'a: !!str 1\n'],
    ['a text of several lines', 'a: |\n  b\n'],
    ['a word that goes on', 'a: b\n  c\n'],
    ['an escape', 'a: "\\n"\n'],
    ['brackets over several lines', 'a: [1,\n  2]\n'],
    ['a tab', 'a:\tb\n'],
    ['a key in quotes', '"a": 1\n'],
    ['a key that is a number', '1: a\n'],
    ['a key that is no text', 'null: a\n'],
    ['a key that is a list', '? [a]\n: 1\n'],
    ['a key without a value in brackets', 'a: { b }\n'],
    ['a pair in a list', 'a: [b: 1]\n'],
    ['an unusual number', 'a: 0x10\n'],
    ['a number larger than can be kept', 'a: 9007199254740993\n'],
    ['minus nothing', 'a: -0\n'],
    ['a second document', 'a: 1\n---\nb: 2\n'],
    ['the same key twice', 'a: 1\na: 2\n'],
    ['the name of a prototype', '__proto__: 1\n'],
    ['a list in a list', '- - a\n'],
    ['an item that is nothing', 'a:\n  -\n  - b\n'],
    ['a key in a value', 'a: b: c\n'],
    ['a line between two levels', 'a:\n    b: 1\n  c: 2\n'],
    ['a bracket that is not closed', 'a: [1\n'],
    ['a comment that is none', 'a: "b"#c\n'],
    ['a byte order mark', '\ufeffa: 1\n'],
    ['a line end of its own', 'a: 1\rb: 2\n'],
    ['nothing', '# empty\n'],
    ['a lone word', 'a\n'],
  ])('does not have %s', (_, source) => {
    expect(readPlainYaml(source)).toBeUndefined();
  });

  it('is what the library makes of it, whatever a registry holds', () => {
    const word = fc.constantFrom(
      'id',
      'path',
      'a.b',
      'x-y',
      'true',
      'off',
      'No',
      'http://h:1/#x',
      '3.10',
      '1e3',
      '.5',
      'a b',
      "it's",
      '#',
      '-',
      '- a',
      '${env:A:-b}',
      '',
      ' ',
      '~',
      '[a]',
      'a: b',
      'ü',
      '\u00a0a\u00a0',
      'a,b',
      '"',
    );
    const scalar = fc.oneof(
      word,
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    );
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        scalar,
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(word, tie('tree'), { maxKeys: 4 }),
      ),
    }));
    const file = fc.dictionary(fc.constantFrom('plugins', 'resources', 'x-a', 'b'), tree, { minKeys: 1, maxKeys: 4 });
    const form = fc.record({ indentSeq: fc.boolean(), flow: fc.boolean(), indent: fc.integer({ min: 1, max: 4 }) });
    let plain = 0;
    fc.assert(
      fc.property(file, form, (value, { indentSeq, flow, indent }) => {
        const source = stringify(value, { indentSeq, indent, lineWidth: 0, collectionStyle: flow ? 'flow' : 'any' });
        if (agrees(source)) plain += 1;
      }),
      { seed: 3, numRuns: 3_000 },
    );
    expect(plain).toBeGreaterThan(200);
  });

  it('is what the library makes of it, whatever stands in a file', () => {
    const piece = fc.constantFrom(
      ' ',
      '  ',
      '\n',
      '\n  ',
      '\n    ',
      '- ',
      '-',
      ': ',
      ':',
      ', ',
      ',',
      '[',
      ']',
      '{',
      '}',
      '"',
      "'",
      "''",
      '#',
      ' #',
      'a',
      'b',
      'id: ',
      'key:',
      'path: x\n',
      '1',
      '1.5',
      '-1',
      '.',
      'true',
      '~',
      '&a ',
      '*a',
      '|',
      '>',
      '? ',
      '! ',
      '%',
      '@',
      '---\n',
      '...\n',
      '\r\n',
      '\r',
      '\t',
      '\\',
      '\u00a0',
      '=',
      '<<: ',
      '/',
      '$',
      '_',
      'http://x',
    );
    let plain = 0;
    fc.assert(
      fc.property(
        fc.constantFrom('', '- ', 'k: ', 'k:\n  ', 'k: [', 'k: { '),
        fc.array(piece, { maxLength: 8 }),
        (begin, pieces) => {
          if (agrees(`${begin}${pieces.join('')}`)) plain += 1;
        },
      ),
      { seed: 5, numRuns: 20_000 },
    );
    expect(plain).toBeGreaterThan(1_000);
  });

  it('may be a registry with a piece too many or too few', () => {
    fc.assert(
      fc.property(
        fc.nat(USUAL.length),
        fc.nat(3),
        fc.constantFrom('', ' ', '\n', ':', '-', '[', '}', '"', "'", '#', ',', '  ', 'x: '),
        (at, left, put) => {
          agrees(`${USUAL.slice(0, at)}${put}${USUAL.slice(at + left)}`);
        },
      ),
      { seed: 7, numRuns: 5_000 },
    );
  });

  it('is neither deep nor endless', () => {
    const deep = Array.from({ length: 40 }, (_, level) => `${' '.repeat(level)}a:\n`).join('');
    expect(readPlainYaml(deep)).toBeUndefined();
    expect(readPlainYaml(`a: ${'['.repeat(100_000)}`)).toBeUndefined();
    expect(readPlainYaml(`a: [${'1,'.repeat(200_000)}1]\n`)).toBeUndefined();
    expect(readPlainYaml(`a: b${' '.repeat(500_000)}c\n`)?.value).toEqual({ a: `b${' '.repeat(500_000)}c` });
  });
});

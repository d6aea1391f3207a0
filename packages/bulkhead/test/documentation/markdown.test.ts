import { describe, expect, it } from 'vitest';
import { anchorsOf, linksOf, samplesOf } from './markdown.ts';
import { commandsOf, repositoryScripts } from './shell-sample.ts';
import { missingLine } from './shown-output.ts';

// what reads the pages is tested too: a reader that finds nothing would find no mistake either

describe('samples', () => {
  it('are found with their words and their place, indented ones too', () => {
    const page =
      'Text\n\n```ts file=app.ts no-run="needs a broker"\nlet a;\n```\n\n- a\n\n  ~~~~\n  ```\n  b\n  ~~~~\n';
    const [first, second, ...rest] = samplesOf(page);
    expect(first).toMatchObject({ language: 'ts', text: 'let a;\n', line: 3 });
    expect([...(first?.words ?? [])]).toEqual([
      ['file', 'app.ts'],
      ['no-run', 'needs a broker'],
    ]);
    expect(second).toMatchObject({ language: '', text: '```\nb\n', line: 9 });
    expect(rest).toEqual([]);
  });

  it('have an end', () => expect(() => samplesOf('```ts\nlet a;\n')).toThrow('line 1 has no end'));
});

describe('commands', () => {
  it('of a script are its lines, joined where they belong together', () => {
    const text = "# first\na --b 'c\nd'\n\ne \\\n  f  # why\ncat > g <<'END'\nh\nEND\n";
    expect(commandsOf(text, 'sh').map(({ command }) => command)).toEqual([
      "a --b 'c\nd'",
      'e \\\n  f  # why',
      "cat > g <<'END'\nh\nEND",
    ]);
  });

  it('of a console have output', () => {
    expect(commandsOf('$ a \\\n> b\nc\n\nd\n$ e\n', 'console')).toEqual([
      { command: 'a \\\nb', shown: 'c\n\nd\n' },
      { command: 'e', shown: '\n' },
    ]);
  });

  it('about a clone are told from others, and call its scripts', () => {
    expect(repositoryScripts('npm test')).toEqual(['test']);
    expect(repositoryScripts('npm run demo -- --json && npm run test:node')).toEqual(['demo', 'test:node']);
    expect(repositoryScripts('npm install bulkhead')).toEqual([]);
    expect(repositoryScripts('npx bulkhead list')).toBeUndefined();
  });
});

describe('shown output', () => {
  const printed = 'begin\n  one   1.23 s\ntwo\n{"a":[1,2]}\n';

  it('has to be there, in its order', () => {
    expect(missingLine('one …\ntwo', [printed])).toBeUndefined();
    expect(missingLine('two\none …', [printed])).toBe('one …');
    expect(missingLine('three', [printed])).toBe('three');
    expect(missingLine('one', [printed])).toBe('one');
  });

  it('is compared by value where it is JSON', () => {
    expect(missingLine('{\n  "a": [1, 2]\n}', ['{"a":[1,2]}\n'])).toBeUndefined();
    expect(missingLine('two\n{ "a": [1, 2] }', [printed])).toBeUndefined();
    expect(missingLine('{ "a": [1, 3] }', [printed])).toBe('{ "a": [1, 3] }');
  });

  it('may be on either stream', () => expect(missingLine('two\nlog', [printed, 'log\n'])).toBeUndefined());
});

describe('links', () => {
  it('are found in text, and not in code', () => {
    expect(linksOf('[a](b.md#c) ![d](e.png "f") `[g](h)`\n```\n[i](j)\n```\n[k]: l.md\n<img src="m.svg">')).toEqual([
      'b.md#c',
      'e.png',
      'l.md',
      'm.svg',
    ]);
  });

  it('lead to headings as GitHub names them', () => {
    expect([...anchorsOf('# A `b_c`: d!\n## Same\n## Same\n```\n# no\n```\n### [x](y) z')]).toEqual([
      'a-b_c-d',
      'same',
      'same-1',
      'x-z',
    ]);
  });
});

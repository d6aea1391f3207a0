import { expect, it } from 'vitest';
import { parseDuration } from '../../src/lifecycle/duration.ts';
import { nearestName } from '../../src/lifecycle/nearest-name.ts';
import { parseSize } from '../../src/lifecycle/size.ts';
import { REQUIREMENT_PATTERN } from '../../src/requirements/requirement-pattern.ts';

it.each([
  ['500ms', 500],
  ['30s', 30_000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['1.5 h', 5_400_000],
  ['30', 30_000],
  [0.25, 250],
  [0, 0],
  ['', undefined],
  ['5 minutes', undefined],
  ['-1s', undefined],
  ['1d', undefined],
  ['1h30m', undefined],
  [-1, undefined],
  [Number.NaN, undefined],
  ['600h', undefined],
  ['s', undefined],
] as const)('the duration %j is %j ms', (written, milliseconds) => {
  expect(parseDuration(written)).toBe(milliseconds);
});

it.each([
  ['64MiB', 67_108_864],
  ['2GB', 2e9],
  ['1.5 KiB', 1536],
  ['10', 10],
  ['10B', 10],
  [4096, 4096],
  ['2g', undefined],
  ['64mb', undefined],
  ['-1', undefined],
  [1.5, undefined],
  ['99999999999TB', undefined],
  ['', undefined],
] as const)('the size %j is %j bytes', (written, bytes) => {
  expect(parseSize(written)).toBe(bytes);
});

it.each([
  ['text_analyser', 'text_analyzer'],
  ['TEXT-ANALYZER', 'text_analyzer'],
  ['summarise', 'summarize'],
  ['x', undefined],
  ['completely_else', undefined],
  ['', undefined],
])('the name nearest to %j is %j', (name, nearest) => {
  expect(nearestName(name, ['text_analyzer', 'summarize', 'run'])).toBe(nearest);
});

it.each([
  'a',
  'a-b.c_d',
  'a>1',
  'a >= 1.0 , < 2',
  'a[b]',
  'a[b, c]==1.*',
  'a (>=1)',
  'a===x',
  'a!=1; os_name == "nt"',
  'a; extra == "x"',
  'a @ https://host/a.whl',
  'a@git+https://host/r.git@main ; x',
  'a~=1.4.2',
  ' a ',
])('%j is a requirement', (text) => {
  expect(text).toMatch(REQUIREMENT_PATTERN);
});

it.each([
  '',
  '-a',
  'a-',
  'a=1',
  'a 1',
  'a>',
  'a>1 2',
  '-r x.txt',
  './a',
  'https://host/a.whl',
  'a[',
  'a>=1;',
  'a b',
  'a,b',
  `${'a-'.repeat(50_000)}!`,
  `a${'>1,'.repeat(20_000)}!`,
])('%j is none', (text) => {
  expect(text).not.toMatch(REQUIREMENT_PATTERN);
});

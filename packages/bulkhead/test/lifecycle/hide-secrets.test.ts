import { describe, expect, it } from 'vitest';
import { hideInValue, hideSecrets } from '../../src/lifecycle/hide-secrets.ts';

const hide = hideSecrets([
  { variable: 'TOKEN', value: 's3cret/ü"\'\\' },
  { variable: 'LONGER', value: 's3cret/ü"\'\\ and more' },
  { variable: 'SHORT', value: 'short' },
  { variable: 'LINES', value: '  first line\nsecond line\nx\n' },
  { variable: 'PATTERN', value: 'a.*b[c]+' },
]);

describe('a secret in a text becomes the reference that it came by', () => {
  it.each([
    ['as it is', 'with s3cret/ü"\'\\!', 'with ${env:TOKEN}!'],
    ['several times', 's3cret/ü"\'\\ s3cret/ü"\'\\', '${env:TOKEN} ${env:TOKEN}'],
    ['as JSON', JSON.stringify('s3cret/ü"\'\\'), '"${env:TOKEN}"'],
    ["as Python's JSON", '"s3cret/\\u00fc\\"\'\\\\"', '"${env:TOKEN}"'],
    ['as a repr', "'s3cret/ü\"\\'\\\\'", "'${env:TOKEN}'"],
    ['in an address', "https://s3cret%2F%C3%BC%22'%5C@host", 'https://${env:TOKEN}@host'],
    ['in an address that Python wrote', 'https://s3cret/%C3%BC%22%27%5C@host', 'https://${env:TOKEN}@host'],
    ['in a form that Python wrote', 'a=s3cret%2F%C3%BC%22%27%5C+and+more', 'a=${env:LONGER}'],
    ['as the longer of two', 's3cret/ü"\'\\ and more', '${env:LONGER}'],
    ['line by line', '> second line', '> ${env:LINES}'],
    ['with its lines together', 'first line\nsecond line\nx', '${env:LINES}'],
    ['as a repr of several lines', "'first line\\nsecond line\\nx'", "'${env:LINES}'"],
    ['that looks like a pattern', 'a.*b[c]+ and axxb', '${env:PATTERN} and axxb'],
    ['but not a short one', 'short x', 'short x'],
  ])('%s', (_how, text, expected) => {
    expect(hide(text)).toBe(expected);
  });

  it('at any depth of a value', () => {
    const when = new Date(0);
    expect(hideInValue({ 'second line': ['second line', 1, { when }] }, hide)).toEqual({
      '${env:LINES}': ['${env:LINES}', 1, { when }],
    });
  });

  it('in a value that is too large to look through not at all: it is left out', () => {
    const rows = Array.from({ length: 20_000 }, () => ['second line']);
    const text = JSON.stringify(hideInValue({ rows, late: ['second line'] }, hide));
    expect(text).not.toContain('second line');
    expect(text).toContain('left out: too much');
    expect(hideInValue(`${'x'.repeat(2_000_000)} second line`, hide)).not.toContain('second line');
  });

  it.each([
    ['long', [{ variable: 'KEY', value: 'k3y/'.repeat(30_000) }]],
    ['many', Array.from({ length: 5000 }, (_, index) => ({ variable: `V${index}`, value: `value ${index} of many` }))],
  ])('also where secrets are %s', (_what, secrets) => {
    const hideThese = hideSecrets(secrets);
    const last = secrets.at(-1);
    expect(hideThese(`with ${last?.value}!`)).toBe(`with \${env:${last?.variable}}!`);
    expect(hideThese('nothing to hide')).toBe('nothing to hide');
  });

  it('not at all where there is none', () => {
    const text = 'x'.repeat(1000);
    expect(hideSecrets([{ variable: 'EMPTY', value: ' \n ' }])(text)).toBe(text);
  });
});

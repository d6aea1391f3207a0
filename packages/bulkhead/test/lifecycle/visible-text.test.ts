import { expect, test } from 'vitest';
import { visibleLine, visibleText } from '../../src/lifecycle/visible-text.ts';

test.each([
  ['plain text, äöü, 漢字, 👩‍💻 and a\ttab', 'plain text, äöü, 漢字, 👩‍💻 and a\ttab'],
  ['\u001b[2J\u001b]0;owned\u0007', '\\x1b[2J\\x1b]0;owned\\x07'],
  ['\u009b31m and \u007f', '\\x9b31m and \\x7f'],
  ['done\rfailed', 'done\\rfailed'],
  ['safe \u202Egnp.exe', 'safe \\u202egnp.exe'],
  ['a\u2028b\ufeff', 'a\\u2028b\\ufeff'],
])('%j becomes visible', (text, expected) => {
  expect(visibleText(text)).toBe(expected);
  expect(visibleLine(text)).toBe(expected);
  expect(visibleText(visibleText(text))).toBe(expected);
});

test('line breaks stay in a text, and become visible in a line', () => {
  expect(visibleText('one\r\ntwo\nthree')).toBe('one\ntwo\nthree');
  expect(visibleLine('one\r\ntwo\nthree')).toBe('one\\r\\ntwo\\nthree');
});

test('a text that is too long says how much is left out, and no character is cut in two', () => {
  expect(visibleText('x'.repeat(10), 10)).toBe('x'.repeat(10));
  expect(visibleText('x'.repeat(11), 10)).toBe(`${'x'.repeat(10)}… (1 more characters)`);
  expect(visibleLine('ab👩', 3)).toBe('ab… (2 more characters)');
});

import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { checkOptions, pathOf } from '../../src/errors/check-options.ts';

const refusal = (argument: string, reason: RegExp): unknown =>
  expect.objectContaining({
    code: 'ARGUMENT_INVALID',
    details: { argument, reason: expect.stringMatching(reason) as unknown },
  });

test('known options pass, set or not', () => {
  expect(() => checkOptions({ timeout: undefined }, { timeout: true }, 'call')).not.toThrow();
});

test.each([
  [{ timeot: 5 }, 'timeot', /^call has no such option; did you mean "timeout"$/],
  [{ zoom: 5 }, 'zoom', /^call has no such option; there are timeout$/],
  [5_000, 'options', /^call expects an object of options, found a value of type number$/],
  [null, 'options', /found null$/],
])('%j is refused', (options, argument, reason) => {
  expect(() => checkOptions(options as object, { timeout: true }, 'call')).toThrow(refusal(argument, reason) as Error);
});

test('a path is taken as it is, and a file URL as its path', () => {
  expect(pathOf('plugins.yaml', 'registry', 'open')).toBe('plugins.yaml');
  expect(pathOf(pathToFileURL('/srv/my plugins.yaml'), 'registry', 'open')).toBe('/srv/my plugins.yaml');
});

test.each([
  [undefined, /^open expects a path or a file: URL, found undefined$/],
  ['', /found an empty text$/],
  [{}, /found a value of type object$/],
  [new URL('https://example.org/plugins.yaml'), /found https:$/],
])('%j is no path', (given, reason) => {
  expect(() => pathOf(given, 'registry', 'open')).toThrow(refusal('registry', reason) as Error);
});

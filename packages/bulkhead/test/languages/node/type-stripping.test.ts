import { expect, test } from 'vitest';
import { flagsToStripTypes } from '../../../src/languages/node/type-stripping.ts';
import { isTypeScript } from '../../../src/requirements/type-stripping.ts';

const FLAG = '--experimental-strip-types';

test.each([
  ['20.20.2', undefined],
  ['22.5.1', undefined],
  ['22.6.0', FLAG],
  ['22.17.1', FLAG],
  ['22.18.0', 'none'],
  ['23.5.0', FLAG],
  ['23.6.0', 'none'],
  ['24.0.0-nightly', 'none'],
  ['26.1.0', 'none'],
])('Node %s strips types with: %s', (version, expected) => {
  const flags = flagsToStripTypes(version);
  expect(flags === undefined ? undefined : (flags[0] ?? 'none')).toBe(expected);
});

test.each([
  ['plugin.ts', true],
  ['lib/plugin.mts', true],
  ['plugin.cts', true],
  ['plugin.js', false],
  ['plugin.tsx', false],
  ['tests', false],
])('%s is TypeScript: %s', (file, expected) => {
  expect(isTypeScript(file)).toBe(expected);
});

import { describe, expect, test } from 'vitest';
import { notInEnvironment, resolutionOf, type ResolveRule } from '../../src/process/resolve-rule.ts';

const rule: ResolveRule = { folder: '/plugins/shout', prefix: '/state/environments/1', sdk: '/app/plugin-sdk' };
const environment = { kind: 'environment', parent: 'file:///state/environments/1/package.json' };

describe('what a file asks for', () => {
  test.each([
    ['zod', '/plugins/shout/plugin.ts', { ...environment, strictly: true }],
    ['@scope/name/part', '/plugins/shout/lib/inner.ts', { ...environment, strictly: true }],
    ['zod', '/plugins/shared/helper.ts', { ...environment, strictly: false }],
    ['zod', '/plugins/shouting/plugin.ts', { ...environment, strictly: false }],
    ['zod', '/state/environments/1/node_modules/other/index.js', { kind: 'usual' }],
    ['./inner.ts', '/plugins/shout/plugin.ts', { kind: 'usual' }],
    ['..', '/plugins/shout/lib/inner.ts', { kind: 'usual' }],
    ['/etc/absolute.js', '/plugins/shout/plugin.ts', { kind: 'usual' }],
    ['#imports', '/plugins/shout/plugin.ts', { kind: 'usual' }],
    ['node:fs', '/plugins/shout/plugin.ts', { kind: 'usual' }],
    ['fs/promises', '/plugins/shout/plugin.ts', { kind: 'usual' }],
    ['data:text/javascript,1', '/plugins/shout/plugin.ts', { kind: 'usual' }],
    ['@bulkhead/plugin-sdk', '/plugins/shout/plugin.ts', { kind: 'sdk', url: 'file:///app/plugin-sdk/index.js' }],
    [
      '@bulkhead/plugin-sdk/testing',
      '/state/environments/1/node_modules/other/index.js',
      { kind: 'sdk', url: 'file:///app/plugin-sdk/testing.js' },
    ],
  ])('%s, in %s', (specifier, file, expected) => {
    expect(resolutionOf({ specifier, parent: `file://${file}` }, rule)).toEqual(expected);
  });
});

test('a package that is missing is told as its author can mend it; another error stays', () => {
  const request = { specifier: '@scope/name/part', parent: 'file:///plugins/shout/plugin.ts' };
  const missing = Object.assign(new Error('no'), { code: 'ERR_MODULE_NOT_FOUND' });
  expect(notInEnvironment(request, missing)).toMatchObject({
    code: 'ERR_MODULE_NOT_FOUND',
    cause: missing,
    message: expect.stringMatching(
      /'@scope\/name' imported from \/plugins\/shout\/plugin\.ts: .* dependencies/,
    ) as unknown,
  });
  const other = Object.assign(new Error('no'), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' });
  expect(notInEnvironment(request, other)).toBe(other);
});

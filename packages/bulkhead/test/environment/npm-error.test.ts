import { describe, expect, test } from 'vitest';
import { npmError } from '../../src/environment/node/npm-error.ts';

function run(output: string, lock?: string) {
  const locked = { 'node_modules/@acme/words': { integrity: 'sha512-aaa==' } };
  return npmError({ plugin: 'p', output, node: '20.20.2 (/usr/bin/node)', lock, locked });
}

describe('what npm fails of', () => {
  test.each([
    [
      'PACKAGE_NOT_FOUND',
      "npm error code E404\nnpm error 404 Not Found - GET https://host/none\nnpm error 404\nnpm error 404  The requested resource '@acme/none@^99' could not be found or you do not have permission to access it.\n",
      'the package registry does not have it, or only for those who log in',
    ],
    [
      'PACKAGE_NOT_FOUND',
      "npm ERR! code E404\nnpm ERR! 404 Not Found - GET https://host/none - Not found\nnpm ERR! 404 \nnpm ERR! 404  'none@^1' is not in this registry.\n",
      'the package registry does not have it, or only for those who log in',
    ],
    [
      'PACKAGE_NOT_FOUND',
      'npm error code ETARGET\nnpm error notarget No matching version found for @acme/ms@^99.\nnpm error notarget In most cases you\n',
      'no version of it is ^99',
    ],
    [
      'DEPENDENCIES_CONFLICT',
      'npm error code ERESOLVE\nnpm error ERESOLVE unable to resolve dependency tree\nnpm error\nnpm error While resolving: e@undefined\nnpm error Found: react@17.0.2\nnpm error node_modules/react\nnpm error   react@"17" from the root project\nnpm error\nnpm error Could not resolve dependency:\nnpm error peer react@"^18.3.1" from react-dom@18.3.1\n',
      'react-dom@18.3.1 needs react@^18.3.1 beside it, and react would be 17.0.2',
    ],
    [
      'HASH_CHECK_FAILED',
      'npm error code EINTEGRITY\nnpm error Integrity checksum failed when using sha512: wanted sha512-aaa== but got sha512-bbb==.\n',
      'what was downloaded is not what the lock file knows',
    ],
    [
      'ENVIRONMENT_BUILD_FAILED',
      'npm error code EBADENGINE\nnpm error engine Unsupported engine\nnpm error engine Not compatible with your version of node/npm: pk@1.0.0\nnpm error notsup Not compatible with your version of node/npm: pk@1.0.0\nnpm error notsup Required: {"node":">=90"}\n',
      'with `engine-strict`, pk@1.0.0 needs Node >=90, and this is Node 20.20.2 (/usr/bin/node)',
    ],
    [
      'INDEX_UNREACHABLE',
      'npm error code ENOTCACHED\nnpm error request to https://host/ms failed: cache mode is\n',
      'npm is set to work offline, and not all packages are in its cache',
    ],
    [
      'INDEX_UNREACHABLE',
      'npm error code ECONNREFUSED\nnpm error syscall connect\nnpm error errno ECONNREFUSED\nnpm error FetchError: request to http://me:secret@127.0.0.1:1/ms failed, reason: connect ECONNREFUSED 127.0.0.1:1\nnpm error     at ClientRequest.<anonymous> (/usr/lib/x.js:130:14)\n',
      'FetchError: request to http://127.0.0.1:1/ms failed, reason: connect ECONNREFUSED 127.0.0.1:1',
    ],
    [
      'INDEX_UNREACHABLE',
      'npm error code E401\nnpm error Incorrect or missing password.\n',
      'Incorrect or missing password',
    ],
    [
      'ENVIRONMENT_BUILD_FAILED',
      'npm error Something else\nnpm error A complete log of this run can be found in: /x\n',
      'Something else',
    ],
    ['ENVIRONMENT_BUILD_FAILED', '', 'npm said nothing'],
  ])('is %s: %s', (code, output, reason) => {
    const error = run(output);
    expect(error.code).toBe(code);
    expect(error.details).toMatchObject({ plugin: 'p', reason });
    expect(String((error.cause as Error).message)).not.toContain('secret');
  });

  test('takes no package for a module of Python', () => {
    const error = run("npm error code E404\nnpm error 404  'queue@1' is not in this registry.\n");
    expect(error.advice).not.toContain('Python');
  });

  test('names the package', () => {
    const names = [
      "npm error code E404\nnpm error 404  '@acme/none@1' is not",
      'npm error code ETARGET\nnpm error notarget No matching version found for @acme/none@^99.',
      'npm error code EINTEGRITY\nnpm error x: wanted sha512-aaa== but got sha512-bbb==',
    ].map((output) => (run(output).details as { packageName: string }).packageName);
    expect(names).toEqual(['@acme/none', '@acme/none', '@acme/words']);
  });

  test('is that of a lock file only where there is one', () => {
    const output =
      "npm error code EUSAGE\nnpm error\nnpm error `npm ci` can only install packages when your package.json and package-lock.json are in sync.\nnpm error\nnpm error Missing: a@1.0.0 from lock file\nnpm error Invalid: lock file's ms@2.1.3 does not satisfy ms@2.0.0\nnpm error\nnpm error Clean install a project\n";
    const stale = run(output, 'package-lock.json');
    expect(stale.code).toBe('LOCK_STALE');
    expect(stale.details).toMatchObject({
      reason: 'a@1.0.0 is missing from it; it has ms@2.1.3, and ms@2.0.0 is asked for',
    });
    expect(run(output).code).toBe('ENVIRONMENT_BUILD_FAILED');
  });
});

test('a full disk is told apart from a compiler that is missing', () => {
  const full =
    'npm error code ENOSPC\nnpm error syscall write\nnpm error nospc ENOSPC: no space left on device, write\n';
  expect(run(full)).toMatchObject({
    code: 'ENVIRONMENT_BUILD_FAILED',
    advice: expect.stringMatching(/^Free some space/) as string,
  });
});

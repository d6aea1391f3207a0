import { describe, expect, test } from 'vitest';
import { scriptHeader } from '../../src/environment/requirements/declared-project.ts';
import { wantedPackages } from '../../src/environment/requirements/wanted-packages.ts';
import { type IdentityInputs, identityOf, withoutCredentials } from '../../src/environment/build/identity.ts';
import { pipError, uvError } from '../../src/environment/build/resolver-diagnosis.ts';
import { excludeNewer } from '../../src/environment/uv/uv-project.ts';

const run = (output: string): Parameters<typeof uvError>[0] => ({ plugin: 'sample', output, python: '3.11.7' });

describe('what uv said', () => {
  test.each([
    [
      'DEPENDENCIES_CONFLICT',
      "error: No solution found when resolving dependencies\n  cause: Because a==1 depends on b<2 and your project depends on b>=2, we can conclude that a==1 and your project are incompatible.\n         And because your project depends on a==1, we can conclude that your project's requirements are unsatisfiable.\n",
    ],
    [
      'DEPENDENCIES_CONFLICT',
      "  × No solution found when resolving dependencies:\n  ╰─▶ Because a==1 depends on b<2 and your project depends on b>=2, we can conclude that a==1 and your project are incompatible.\n      And because your project depends on a==1, we can conclude that your project's requirements are unsatisfiable.\n",
    ],
    [
      'DEPENDENCIES_CONFLICT',
      'error: No solution found when resolving dependencies\n  cause: Because there is no version of b==9 and a==1 depends on b==9, we can conclude that a==1 cannot be used.\n         And because your project depends on a==1, we can conclude it.',
    ],
    [
      'PACKAGE_NOT_FOUND',
      'error: No solution found when resolving dependencies\n  cause: Because nothing-there was not found in the package registry and your project depends on nothing-there, we can conclude it.',
    ],
    [
      'PACKAGE_NOT_FOUND',
      'error: No solution found when resolving dependencies\n  cause: Because only numpy<=2.5 is available and your project depends on numpy>=9, we can conclude it.',
    ],
    [
      'LOCK_STALE',
      'Resolved 2 packages in 1ms\nerror: The lockfile at `uv.lock` needs to be updated, but `--locked` was provided. To update the lockfile, run `uv lock`.',
    ],
    [
      'INDEX_UNREACHABLE',
      'error: Failed to fetch: http://index/simple/six/\n  cause: error sending request for url\n  cause: dns error',
    ],
    [
      'PYTHON_NOT_FOUND',
      "error: The requested interpreter resolved to Python 3.11.7, which is incompatible with the project's Python requirement: `>=3.12` (from `project.requires-python`)",
    ],
    [
      'ENVIRONMENT_BUILD_FAILED',
      'error: Failed to build `a==1`\n  cause: The build backend returned an error\n\n         [stderr]\n         a.c:1:10: fatal error: z.h: No such file or directory\n         error: gcc failed\n\nhint: x',
    ],
    ['ENVIRONMENT_BUILD_FAILED', 'something new altogether'],
  ])('is %s', (code, output) => {
    const error = uvError(run(output));
    expect(error.code).toBe(code);
    expect(error.message).not.toMatch(/cause:|[×╰]|\.\.|your project/);
  });

  test('has a readable reason, and no credentials', () => {
    expect(
      uvError(
        run(
          'error: Failed to build `a==1`\n  cause: It failed\n\n         [stderr]\n         a.c:1:10: fatal error: z.h: none\n         error: gcc failed\n',
        ),
      ).message,
    ).toContain('Failed to build `a==1`: It failed: a.c:1:10: fatal error: z.h: none');
    const error = uvError(run('error: Failed to fetch: https://me:secret@index/simple\n  cause: dns error'));
    expect(`${error.message}${String(error.cause)}`).not.toContain('secret');
  });
});

test.each([
  ['uv', uvError, 'error: Failed to install: x\n  cause: failed to copy file: No space left on device (os error 28)'],
  ['pip', pipError, 'ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n'],
  ['pip', pipError, 'ERROR: Could not install packages due to an OSError: [Errno 122] Disk quota exceeded\n'],
])('a full disk is no missing compiler: %s', (_, errorOf, output) => {
  expect(errorOf(run(output))).toMatchObject({
    code: 'ENVIRONMENT_BUILD_FAILED',
    advice: expect.stringMatching(/^Free some space/),
  });
  expect(errorOf(run('ERROR: gcc failed')).advice).toContain('compiler');
});

describe('what pip said', () => {
  test.each([
    [
      'PACKAGE_NOT_FOUND',
      'ERROR: Could not find a version that satisfies the requirement x (from versions: none)\nERROR: No matching distribution found for x\n',
    ],
    [
      'INDEX_UNREACHABLE',
      "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError'\nERROR: No matching distribution found for six\n",
    ],
    [
      'DEPENDENCIES_CONFLICT',
      'ERROR: Cannot install a and b because these package versions have conflicting dependencies.\n\nThe conflict is caused by:\n    a 1 depends on c<2\n    b 1 depends on c>2\n\nERROR: ResolutionImpossible: for help\n',
    ],
    ['ENVIRONMENT_BUILD_FAILED', 'ERROR: Failed building wheel for x\n'],
  ])('is %s', (code, output) => {
    expect(pipError(run(output)).code).toBe(code);
  });
});

describe('identity', () => {
  const python = { version: '3.11.7', implementation: 'cpython', executable: '/p', build: 'b' };
  const inputs: IdentityInputs = {
    builder: 'uv 0.13',
    python,
    platform: 'linux-x86_64',
    requirements: ['a', 'b'],
    lock: undefined,
    settings: { index: [{ url: 'https://me:one@host/simple', name: 'x' }] },
    index: { UV_DEFAULT_INDEX: 'https://me:one@host/simple' },
    folder: undefined,
    asOf: undefined,
  };

  test('depends on everything in it but credentials and the order of keys', () => {
    const same = {
      ...inputs,
      index: { UV_DEFAULT_INDEX: 'https://me:two@host/simple' },
      settings: { index: [{ name: 'x', url: 'https://host/simple' }] },
    };
    expect(identityOf(same)).toBe(identityOf(inputs));
    expect(JSON.stringify(withoutCredentials(inputs))).not.toContain('me:one');
    for (const change of [
      { asOf: '2020-01-01' },
      { lock: 'x' },
      { requirements: ['a'] },
      { platform: 'darwin-arm64' },
      { python: { ...python, build: 'c' } },
      { index: {} },
    ]) {
      expect(identityOf({ ...inputs, ...change })).not.toBe(identityOf(inputs));
    }
  });
});

test('a script header is found between its marks, and knows its line', () => {
  expect(scriptHeader('#!x\n# /// script\n# dependencies = [\n#   "a",\n# ]\n#\n# ///\nimport a\n')).toEqual({
    text: 'dependencies = [\n  "a",\n]\n\n',
    line: 3,
  });
  expect(scriptHeader('# /// script\na\n# /// script\n# b = 1\n# ///\n# c = 2\n# ///\n# d\n')).toEqual({
    text: 'b = 1\n///\nc = 2\n',
    line: 4,
  });
  expect(scriptHeader('# /// script\n# ///\n')).toBeUndefined();
  expect(scriptHeader('# /// script\r\n# a = 1\r\n# ///')?.text).toBe('a = 1\n');
  expect(scriptHeader('# /// other\n# a = 1\n# ///\n')).toBeUndefined();
});

test('a day lasts until its end in UTC, wherever this runs', () => {
  expect(excludeNewer('2023-12-31')).toBe('2024-01-01T00:00:00Z');
  expect(excludeNewer('2023-12-31T10:00:00Z')).toBe('2023-12-31T10:00:00Z');
});

test('a line that a package made a tool print is shortened and made visible before it is searched', () => {
  const { details } = uvError({
    plugin: 'p',
    output: `error: lockfile ${'lockfile '.repeat(20_000)}\u001b[2J\n${'x'.repeat(1_000_000)}\nlast`,
    python: '3.11',
  }) as { details: { reason: string } };
  expect(details.reason.length).toBeLessThan(20_000);
  expect(details.reason).not.toContain('\u001b');
  expect(details.reason).toMatch(/last$/);
});

test('a requirement that is too long is refused, and not repeated in full', () => {
  const spec = { id: 'p', source: { file: '/plugins.yaml' }, environment: { dependencies: ['a'.repeat(100_000)] } };
  expect(() => wantedPackages(spec as never, { dependencies: [] } as never)).toThrow(
    /^Plugin "p" asks for "a{200}… \(99800 more characters\)", which is not a requirement: it is 100000 characters long/,
  );
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { configuredIndexForUv, pipFingerprint } from '../../src/environment/requirements/configured-index.ts';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'bulkhead-index-'));
});

afterEach(async () => {
  await rm(home, { recursive: true });
});

/** Variables of a user with this pip.conf, whom no other configuration of this machine's user reaches. */
async function variablesWith(pip: string, more: NodeJS.ProcessEnv = {}): Promise<NodeJS.ProcessEnv> {
  const file = join(home, 'chosen.conf');
  await writeFile(file, pip);
  return { HOME: home, PIP_CONFIG_FILE: file, UV_NO_CONFIG: '1', ...more };
}

describe("pip's configuration", () => {
  test('is read from the sections that hold for installing, with values that go on in further lines', async () => {
    const variables = await variablesWith(
      [
        '[global]',
        'constraint = /a.txt',
        '; a remark',
        'No_Binary = first',
        '  second',
        '# another',
        '[install]',
        'only-binary: third',
        '[freeze]',
        'prefer-binary = true',
        '[download]',
        'pre = 1',
      ].join('\n'),
    );
    expect(await pipFingerprint(variables)).toMatchObject({
      constraint: '/a.txt',
      'no-binary': 'first second',
      'only-binary': 'third',
    });
    expect(await pipFingerprint(variables)).not.toHaveProperty('prefer-binary');
    expect(await pipFingerprint(variables)).not.toHaveProperty('pre');
  });

  test('is overridden by its environment variables', async () => {
    const variables = await variablesWith('[global]\nconstraint = /a.txt\n', { PIP_CONSTRAINT: '/b.txt' });
    expect(await pipFingerprint(variables)).toMatchObject({ constraint: '/b.txt' });
  });
});

describe('uv is given the index that pip is configured with', () => {
  const PIP = '[global]\nindex-url = http://127.0.0.1/pip\n';
  const given = { UV_DEFAULT_INDEX: 'http://127.0.0.1/pip' };

  test('where nothing names one to uv', async () => {
    const { forUv, fingerprint } = await configuredIndexForUv(await variablesWith(PIP), {});
    expect(forUv).toMatchObject(given);
    expect(fingerprint).toMatchObject(given);
  });

  test.each(['UV_DEFAULT_INDEX', 'UV_INDEX_URL', 'UV_NO_INDEX'])('unless %s does', async (name) => {
    const { forUv } = await configuredIndexForUv(await variablesWith(PIP, { [name]: 'http://127.0.0.1/uv' }), {});
    expect(forUv).toEqual({});
  });

  test.each([
    [{ 'index-url': 'http://127.0.0.1/uv' }],
    [{ 'no-index': true }],
    [{ index: [{ url: 'http://127.0.0.1/a' }, { url: 'http://127.0.0.1/b', default: true }] }],
  ])('unless the plugin does: %j', async (plugin) => {
    expect((await configuredIndexForUv(await variablesWith(PIP), plugin)).forUv).toEqual({});
  });

  test.each([[{ 'no-index': false }], [{ index: [{ url: 'http://127.0.0.1/a' }] }], [{ index: 'x' }]])(
    'although the plugin sets %j',
    async (plugin) => {
      expect((await configuredIndexForUv(await variablesWith(PIP), plugin)).forUv).toMatchObject(given);
    },
  );

  test('unless the file that uv is configured by does', async () => {
    const file = join(home, 'uv.toml');
    const variables = await variablesWith(PIP, { UV_CONFIG_FILE: file });
    await writeFile(file, 'index-url = "http://127.0.0.1/uv"\n');
    const { forUv, fingerprint } = await configuredIndexForUv(variables, {});
    expect(forUv).toEqual({});
    await writeFile(file, 'index-url = "http://127.0.0.1/other"\n');
    expect((await configuredIndexForUv(variables, {})).fingerprint).not.toEqual(fingerprint);
  });

  test('with the certificate of pip, unless uv has one', async () => {
    const pip = `${PIP}cert = /ca.pem\n`;
    expect((await configuredIndexForUv(await variablesWith(pip), {})).forUv).toEqual({
      ...given,
      SSL_CERT_FILE: '/ca.pem',
    });
    const own = await variablesWith(pip, { SSL_CERT_FILE: '/mine.pem' });
    expect((await configuredIndexForUv(own, {})).forUv).toEqual(given);
  });
});

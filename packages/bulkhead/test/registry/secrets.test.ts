import { dirname } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readRegistry } from '../../src/registry/read-registry.ts';
import { failure, registryFile, shown } from './registry-fixture.ts';

const variables = { TOKEN: 'hunter2', EMPTY: '' };

async function specWith(fields: string) {
  const { plugins } = await readRegistry(await registryFile(`plugins:\n  - id: a\n    path: a\n    ${fields}\n`), {
    variables,
  });
  return plugins[0]?.spec;
}

describe('${env:NAME}', () => {
  it('is replaced at any depth of config, and in env', async () => {
    const spec = await specWith(
      'config: { deep: [{ url: "https://${env:TOKEN}@host/${env:TOKEN}" }], n: 1 }\n    env: { KEY: "${env:TOKEN}" }',
    );
    expect(spec?.configuration).toEqual({ deep: [{ url: 'https://hunter2@host/hunter2' }], n: 1 });
    expect(spec?.launch.variables).toEqual({ KEY: 'hunter2' });
  });

  it('is kept with the spec, to be hidden in what the plugin says, but for parts of its folder', async () => {
    const fields = 'config: { a: "${env:TOKEN}", b: "${env:NONE:-fallback}", c: "${env:ROOT}/x", d: "$${env:OTHER}" }';
    const file = await registryFile(`plugins:\n  - id: a\n    path: a\n    ${fields}\n`);
    const known = { ...variables, ROOT: dirname(file), OTHER: 'other value' };
    const [plugin] = (await readRegistry(file, { variables: known })).plugins;
    expect(plugin?.spec?.secrets).toEqual([{ variable: 'TOKEN', value: 'hunter2' }]);
  });

  it('is not the only secret: what passes by its name is one, and so is the password of a proxy', async () => {
    const file = await registryFile('plugins: [{ id: a, path: a, env_from_host: [DB_*] }]');
    const known = {
      DB_URL: 'postgres://db',
      OTHER: 'x',
      https_proxy: 'http://ann:hunter2@proxy:3128',
      NO_PROXY: 'a:b@c',
    };
    const [plugin] = (await readRegistry(file, { variables: known })).plugins;
    expect(plugin?.spec?.launch.variablesFromHost).toEqual(['DB_*']);
    expect(plugin?.spec?.secrets).toEqual([
      { variable: 'DB_URL', value: 'postgres://db' },
      { variable: 'https_proxy', value: 'hunter2' },
    ]);
  });

  it('may have a default, for a variable that is not set or empty', async () => {
    const spec = await specWith(
      'config: { a: "${env:NONE:-x:-y}", b: "${env:NONE:-}", c: "${env:EMPTY:-z}", d: "${env:EMPTY}", e: "${env:TOKEN:-q}" }',
    );
    expect(spec?.configuration).toEqual({ a: 'x:-y', b: '', c: 'z', d: '', e: 'hunter2' });
  });

  it('is the only form of a client_secret_key, and has to stand for a key', async () => {
    const key = 'JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6';
    const entry = (written: string): Promise<string> =>
      registryFile(
        `plugins: [{ id: a, path: a, transport: zeromq, pattern: rep, address: "tcp://127.0.0.1:1", curve: { server_key: '${key}', client_secret_key: '${written}' } }]`,
      );
    const read = async (value: string) =>
      (await readRegistry(await entry('${env:KEY}'), { variables: { KEY: value } })).plugins[0];
    const found = await read(key);
    expect(found?.spec?.launch.curve).toEqual({ server_key: key, client_secret_key: key });
    expect(found?.spec?.secrets).toEqual([{ variable: 'KEY', value: key }]);
    for (const bad of ['short', '#'.repeat(40)])
      expect((await read(bad))?.problem?.message).toContain(
        'curve.client_secret_key: what ${env:KEY} holds is no secret key of CURVE, which is 40 characters of Z85',
      );
    const written: unknown = await readRegistry(await entry(key)).catch((error: unknown) => error);
    expect(String(written)).toContain('not the key itself, found other text');
    expect(inspect(written)).not.toContain(key);
  });

  it('stands for itself after a second $', async () => {
    const spec = await specWith('config: { a: "$${env:TOKEN}", b: "$${env:", c: "$5 ${HOME} $" }');
    expect(spec?.configuration).toEqual({ a: '${env:TOKEN}', b: '${env:', c: '$5 ${HOME} $' });
  });

  it('reads the environment of the process unless told otherwise, and what it brings is not read again', async () => {
    const file = await registryFile('plugins: [{ id: a, path: a, config: { a: "${env:OUTER}", b: "${env:PATH}" } }]\n');
    expect(
      (await readRegistry(file, { variables: { OUTER: '${env:PATH} $& $1', PATH: 'p' } })).plugins[0]?.spec
        ?.configuration,
    ).toEqual({ a: '${env:PATH} $& $1', b: 'p' });
    expect(
      (await readRegistry(await registryFile('plugins: [{ id: a, path: a, config: { b: "${env:PATH}" } }]\n')))
        .plugins[0]?.spec?.configuration,
    ).toEqual({ b: process.env['PATH'] });
  });

  it('names each variable that is not set, with its place, and no value', async () => {
    const file = await registryFile(
      'plugins:\n  - id: a\n    path: a\n    config:\n      key: ${env:TOKEN} ${env:GONE}\n    env:\n      OTHER: ${env:LOST}\n',
    );
    const problem = (await readRegistry(file, { variables })).plugins[0]?.problem;
    expect(problem?.message).toContain(':5:12: config.key: the environment variable GONE is not set');
    expect(problem?.message).toContain(':7:14: env.OTHER: the environment variable LOST is not set');
    expect(inspect(problem, { depth: 9 }) + JSON.stringify(problem)).not.toContain('hunter2');
  });

  it.each([
    ['config: { a: "${env:}" }', '4:18 config.a: expected ${env:NAME} or ${env:NAME:-default}, found "${env:}"'],
    [
      'config: { a: "x ${env:TOKEN" }',
      '4:18 config.a: expected ${env:NAME} or ${env:NAME:-default}, found "${env: without }"',
    ],
    ['env: { A: "${env:MY-KEY}" }', '4:15 env.A: expected ${env:NAME} or ${env:NAME:-default}, found "${env:MY-KEY}"'],
    [
      'image: "${env:IMAGE}"\n    isolation: docker',
      '4:12 image: ${env:…} is replaced only in config, env and curve.client_secret_key',
    ],
    [
      'dependencies: ["${env:X}"]',
      '4:20 dependencies[0]: ${env:…} is replaced only in config, env and curve.client_secret_key',
    ],
  ])('%s is a mistake', async (fields, expected) => {
    const file = await registryFile(`plugins:\n  - id: a\n    path: a\n    ${fields}\n`);
    expect(shown(await failure(readRegistry(file, { variables }), 'REGISTRY_INVALID'))).toContain(expected);
  });

  it("is not replaced in a manifest, which is not the operator's", async () => {
    const file = await registryFile('plugins: [{ id: a, path: a }]\n', {
      'a/pyproject.toml': '[tool.bulkhead.config]\na = "${env:TOKEN}"\n',
    });
    expect((await readRegistry(file, { variables })).plugins[0]?.spec?.configuration).toEqual({ a: '${env:TOKEN}' });
  });
});

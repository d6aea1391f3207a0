import { mkdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NpmRegistry } from '../npm-registry.ts';
import { errorOf, Workshop } from './workshop.ts';

let workshop: Workshop;
let registry: NpmRegistry;
beforeEach(async () => {
  workshop = await Workshop.open();
  registry = await NpmRegistry.open();
  registry.publish({ name: 'words', version: '1.0.0' });
  registry.publish({ name: 'scripted', hasInstallScript: true, scripts: { install: 'exit 1' } });
});
afterEach(async () => {
  await registry.close();
  await workshop[Symbol.asyncDispose]();
});

async function bulkhead(...parameters: string[]) {
  return await workshop.run(parameters, { variables: registry.variables(workshop.folder) });
}

async function declare(id: string, dependencies: object): Promise<void> {
  await workshop.write(
    `${id}/package.json`,
    JSON.stringify({ name: id, version: '2.0.0', bulkhead: {}, dependencies }),
  );
  await workshop.write(`${id}/plugin.js`, '');
}

const NODE = process.versions.node;

describe('a plugin of Node at the command line', () => {
  test('is added, made ready, listed, upgraded and forgotten', async () => {
    await workshop.write('plugins.yaml', 'plugins: []\n');
    await declare('one', { words: '^1.0.0' });
    const added = await bulkhead('add', 'one');
    expect(added.stdout).toContain('It gets an environment of its own.\nAdded "one" to ');
    expect(added.stdout).toContain(`one     Node ${NODE}  1         built `);
    await declare('two', { words: '^2' });
    expect((await bulkhead('add', 'two', '--offline')).stdout).toContain(
      "two can't share an environment with some:\n  words: one needs ^1.0.0, two needs ^2\n",
    );
    registry.publish({ name: 'words', version: '1.1.0' });
    expect((await bulkhead('sync', 'one')).stdout).toMatch(/one .* found /);
    expect((await bulkhead('sync', 'one', '--upgrade')).stdout).toContain('\none: words 1.0.0 -> 1.1.0\n');
    expect((await bulkhead('list')).stdout).toContain(`node         Node ${NODE} `);
    const [listed] = (JSON.parse((await bulkhead('list', '--json')).stdout) as { plugins: object[] }).plugins;
    expect(listed).toMatchObject({
      version: '2.0.0',
      environment: 'node',
      python: null,
      node: NODE,
      packages: { words: '1.1.0' },
    });
    const examined = JSON.parse((await bulkhead('doctor', '--json')).stdout) as {
      environments: object[];
      nodes: object[];
    };
    expect(examined.environments).toMatchObject([
      { ready: true, node: NODE },
      { ready: true, node: NODE },
    ]);
    expect(examined.nodes).toContainEqual(expect.objectContaining({ version: NODE, origin: "the host's own" }));
    const listedPrefix = (listed as { prefix: string }).prefix;
    const replaced = (examined.environments as { prefix: string }[]).find(({ prefix }) => prefix !== listedPrefix);
    const day = new Date(Date.now() - 24 * 3_600_000);
    await utimes(join(replaced?.prefix ?? '', 'bulkhead.json'), day, day);
    const pruned = JSON.parse((await bulkhead('prune', '--older-than', '1h', '--json')).stdout) as {
      removed: object[];
    };
    expect(pruned.removed).toMatchObject([{ kind: 'environment', path: replaced?.prefix }]);
    expect((await bulkhead('sync', 'one')).stdout).toMatch(/one .* found /);
  });

  test('is described with what runs it', async () => {
    await declare('one', {});
    const plugin =
      "const { Plugin } = require('@bulkhead/plugin-sdk');\nmodule.exports = class extends Plugin { execute() {} };\n";
    await workshop.write('one/plugin.js', plugin);
    await workshop.write('plugins.yaml', 'plugins: [{ id: one, path: one }]\n');
    expect((await bulkhead('describe', 'one')).stdout).toMatch(`one 2.0.0, Node ${NODE}\n`);
    expect(JSON.parse((await bulkhead('describe', 'one', '--json')).stdout)).toMatchObject({
      python: null,
      node: NODE,
    });
  });

  test('is told of scripts that were not run, once', async () => {
    await declare('one', { scripted: '1' });
    await workshop.write('plugins.yaml', 'plugins: [{ id: one, path: one }]\n');
    const note = 'Note: one: the install scripts of scripted were not run.';
    expect((await bulkhead('sync')).stderr).toContain(note);
    expect((await bulkhead('sync')).stderr).not.toContain(note);
  });

  test('is resolved with others, and the conflict that npm finds is told with who needs what', async () => {
    registry.publish({ name: 'picky', peerDependencies: { words: '^2' } });
    await declare('one', { words: '^1' });
    await declare('two', { picky: '1' });
    await declare('three', { words: '>=1' });
    const plugins = (share: string): string =>
      `plugins:\n${['one', 'two', 'three'].map((id) => `  - { id: ${id}, path: ${id}${share} }\n`).join('')}`;
    await workshop.write('plugins.yaml', plugins(''));
    registry.publish({ name: 'words', version: '2.0.0' });
    const reason = 'words: one needs ^1, two needs picky 1, and picky@1.0.0 needs words ^2 beside it';
    const { exitCode, stdout } = await bulkhead('check');
    expect(exitCode).toBe(0);
    expect(stdout).toContain(
      `one, two, three: 1 pair in conflict, 2 pairs compatible.\n  ${reason}\n      npm: Found: words@1`,
    );
    await workshop.write('plugins.yaml', plugins(', share: js'));
    const told = await bulkhead('check', '--json');
    expect(told.exitCode).toBe(1);
    expect(JSON.parse(told.stdout)).toMatchObject({
      shared: [{ name: 'js', verdict: 'conflict', reasons: [reason] }],
      node: { conflicts: [{ plugins: ['one', 'two'], proof: 'resolver', reasons: [reason] }], compatible: [{}, {}] },
    });
    await declare('four', { words: '1.0.0' });
    await workshop.write('plugins.yaml', plugins(''));
    const added = (await bulkhead('add', 'four')).stdout;
    expect(added).toContain(`some:\n  ${reason.replace('one needs ^1', 'four needs 1.0.0')}\n`);
    expect(added).toContain('of its own; it could share one with one, three: give them the same `share: NAME`');
  });

  test('leaves a lock file to its author', async () => {
    await declare('one', {});
    await workshop.write('one/package-lock.json', '{ "lockfileVersion": 3, "packages": {} }');
    await workshop.write('plugins.yaml', 'plugins: [{ id: one, path: one }]\n');
    await bulkhead('sync');
    await declare('one', { words: '1' });
    expect(errorOf(await bulkhead('sync', '--json'))).toMatchObject({ code: 'LOCK_STALE' });
  });

  test('has no tests that pytest could run', async () => {
    await declare('one', {});
    await workshop.write('plugins.yaml', 'plugins: [{ id: one, path: one }]\n');
    await mkdir(join(workshop.folder, 'one', 'tests'));
    const { stderr, exitCode } = await bulkhead('test', 'one');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('is one of Node, and `bulkhead test` runs pytest');
    expect(await bulkhead('test')).toMatchObject({ exitCode: 0 });
  });
});

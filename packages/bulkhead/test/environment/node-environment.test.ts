import { realpath } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NodeEnvironment } from '../../src/environment/node/node-environment.ts';
import type { NodeRuntime, ReadyEnvironment } from '../../src/environment/ready-environment.ts';
import { Workbench } from './workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await Workbench.open();
});
afterEach(async () => {
  await bench.close();
});

async function prepare(packageJson: object): Promise<ReadyEnvironment<NodeRuntime>> {
  await bench.write('plugin/package.json', JSON.stringify(packageJson));
  return await new NodeEnvironment().prepare(bench.spec({ kind: 'node' }), new AbortController().signal);
}

describe('a plugin of Node without packages', () => {
  it("has the host's own Node, in the plugin's folder", async () => {
    expect((await prepare({ engines: { node: '>=20' } })).runtime).toEqual({
      kind: 'node',
      prefix: bench.plugin,
      node: { executable: await realpath(process.execPath), version: process.versions.node, origin: "the host's own" },
    });
  });

  it.each([
    ['a package', { dependencies: { zod: '^4' } }, 'zod'],
    ['another Node', { engines: { node: '>=1000' } }, '>=1000'],
  ])('may not ask for %s', async (_what, packageJson, named) => {
    const error = await bench.failure('ENVIRONMENT_BUILD_FAILED', prepare(packageJson));
    expect(error.details.reason).toContain(named);
  });
});

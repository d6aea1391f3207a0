import { delimiter } from 'node:path';
import { expect, test } from 'vitest';
import { pythonSdkFolder } from '../../src/languages/python/sdk-folder.ts';
import { anyPython } from '../any-python.ts';
import { Opened } from '../opened.ts';
import { pythonPackages } from '../python-packages.ts';

/** As somebody would start it who has made its environment. */
async function ownCommand(): Promise<Readonly<Record<string, unknown>>> {
  const { executable } = await anyPython();
  const packages = await pythonPackages(executable, 'grpcio', 'grpcio');
  const env = { PYTHONPATH: [pythonSdkFolder(process.env), packages].join(delimiter) };
  return { transport: 'grpc', command: [executable, 'plugin.py'], pattern: 'session', env };
}

test('a plugin over gRPC needs grpcio among its requirements, and says so', async () => {
  await using opened = await Opened.plugins({ echo: { transport: 'grpc' } });
  await expect(opened.manager.executePlugin('echo')).rejects.toMatchObject({
    code: 'TRANSPORT_PACKAGE_MISSING',
    message: expect.stringContaining(
      "its environment has no usable grpcio: ModuleNotFoundError: No module named 'grpc'",
    ) as string,
    advice: expect.stringContaining('dependencies: [grpcio]') as string,
  });
});

test('a plugin over gRPC may fork in a call: the child says nothing to the host', async () => {
  await using opened = await Opened.plugins({
    forks: { path: 'forks', transport: 'grpc', dependencies: ['grpcio'] },
  });
  // grpcio does not promise that a fork of its process ends well (SIGSEGV, seldom); the SDK promises that it says nothing
  expect([0, -11]).toContain(await opened.manager.executePlugin('forks'));
  expect(await opened.manager.executePlugin('forks', null, { action: 'name' })).toBe('parent');
});

test('a plugin with the SDK that a command starts serves it over gRPC', async () => {
  await using opened = await Opened.plugins({ own: await ownCommand() });
  const { manager, lines } = opened;
  expect(await manager.executePlugin('own', { n: 1 })).toEqual({ n: 1 });
  await manager.executePlugin('own', { message: 'hello' }, { action: 'log' });
  await manager.close();
  expect(lines).toContainEqual(expect.objectContaining({ plugin: 'own', msg: 'hello', fields: { size: 5 } }));
});

test('one whose Python has no grpcio says so', async () => {
  const env = { PYTHONPATH: pythonSdkFolder(process.env) };
  await using opened = await Opened.plugins({ own: { ...(await ownCommand()), env } });
  await expect(opened.manager.executePlugin('own')).rejects.toMatchObject({ code: 'TRANSPORT_PACKAGE_MISSING' });
});

test.each([
  [{ permissions: 'strict' }, 'transport: threads of gRPC run before `permissions` hold'],
  [{ start: 'fork' }, 'transport: with start: fork it has to be socket'],
  [{ pattern: 'rep' }, 'pattern: rep needs transport: zeromq'],
  [{ pattern: 'session' }, 'pattern: has an effect on gRPC only with a `command`'],
])('a registry with transport: grpc and %j is refused', async (fields, message) => {
  await expect(Opened.plugins({ a: { transport: 'grpc', ...fields } })).rejects.toMatchObject({
    message: expect.stringContaining(message) as string,
  });
});

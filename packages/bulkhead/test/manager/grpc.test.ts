import { expect, test } from 'vitest';
import { Opened } from '../opened.ts';

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
  expect(await opened.manager.executePlugin('forks')).toBe(0);
  expect(await opened.manager.executePlugin('forks', null, { action: 'name' })).toBe('parent');
});

test.each([
  [{ permissions: 'strict' }, 'transport: threads of gRPC run before `permissions` hold'],
  [{ start: 'fork' }, 'transport: with start: fork it has to be socket'],
])('a registry with transport: grpc and %j is refused', async (fields, message) => {
  await expect(Opened.plugins({ a: { transport: 'grpc', ...fields } })).rejects.toMatchObject({
    message: expect.stringContaining(message) as string,
  });
});

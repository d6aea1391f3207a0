import { expect, test } from 'vitest';
import { grpcFindings } from '../../src/registry/grpc-check.ts';

const PROTO = { id: 'kv', transport: 'grpc', command: ['./kv'], proto: 'kv.proto' };

test.each([
  [
    { id: 'kv', transport: 'grpc', permissions: 'strict' },
    ['transport: threads of gRPC run before `permissions` hold; use socket or stdio'],
  ],
  [{ ...PROTO, command: undefined }, ['proto: has an effect only with transport: grpc and a `command`']],
  [{ ...PROTO, transport: 'stdio' }, ['proto: has an effect only with transport: grpc and a `command`']],
  [{ ...PROTO, config: {}, hooks: {} }, ['config: has no effect with `proto`', 'hooks: has no effect with `proto`']],
])('%j is a mistake', (plugin, messages) => {
  expect(grpcFindings(plugin, 0).map(({ message }) => message)).toEqual(messages);
});

test.each([[{ id: 'kv' }], [{ id: 'kv', transport: 'grpc' }], [PROTO]])('%j is none', (plugin) => {
  expect(grpcFindings(plugin, 0)).toEqual([]);
});

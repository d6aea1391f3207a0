import { expect, test } from 'vitest';
import { grpcFindings } from '../../src/registry/grpc-check.ts';

const PROTO = { id: 'kv', transport: 'grpc', command: ['./kv'], proto: 'kv.proto' };

test.each([
  [
    { id: 'kv', transport: 'grpc', permissions: 'strict' },
    ['transport: threads of gRPC run before `permissions` hold; use socket or stdio'],
  ],
  [{ ...PROTO, command: undefined }, ['proto: has an effect only with transport: grpc or go-plugin, and a `command`']],
  [{ ...PROTO, transport: 'stdio' }, ['proto: has an effect only with transport: grpc or go-plugin, and a `command`']],
  [{ ...PROTO, config: {}, hooks: {} }, ['config: has no effect with `proto`', 'hooks: has no effect with `proto`']],
  [{ id: 'kv', protocol_versions: [1] }, ['protocol_versions: has an effect only with transport: go-plugin']],
  [{ id: 'kv', transport: 'go-plugin' }, ['transport: write in `command` the program that serves go-plugin']],
  [
    { ...PROTO, transport: 'go-plugin', permissions: 'strict' },
    ['transport: its server needs a Unix socket, which `permissions` forbid; use stdio'],
  ],
])('%j is a mistake', (plugin, messages) => {
  expect(grpcFindings(plugin, 0).map(({ message }) => message)).toEqual(messages);
});

test.each([[{ id: 'kv' }], [{ id: 'kv', transport: 'grpc' }], [PROTO], [{ ...PROTO, transport: 'go-plugin' }]])(
  '%j is none',
  (plugin) => {
    expect(grpcFindings(plugin, 0)).toEqual([]);
  },
);

import { expect, test } from 'vitest';
import { zeromqFindings } from '../../src/registry/zeromq-check.ts';

const ZEROMQ = { id: 'forecaster', transport: 'zeromq' };
const SERVICE = { ...ZEROMQ, pattern: 'rep' };

test.each([
  [{ id: 'socket', pattern: 'rep' }, ['pattern: has an effect only with transport: zeromq']],
  [{ ...ZEROMQ, codec: 'json' }, ['codec: has an effect only with pattern: rep']],
  [
    { ...ZEROMQ, permissions: 'strict' },
    ['permissions: libzmq does not run in a process that is kept to them; leave them out, or choose transport: socket'],
  ],
  [
    { ...ZEROMQ, address: 'ipc:///run/a' },
    ['address: expected one of tcp://; without it the sockets lie in a folder of their own'],
  ],
  [{ ...ZEROMQ, curve: { server_key: '' } }, ['curve: expected off: with pattern: session Bulkhead makes the keys']],
  [
    { ...SERVICE, config: {}, start: 'spawn' },
    ['config: has no effect with pattern: rep', 'start: has no effect with pattern: rep'],
  ],
  [
    { ...SERVICE, binds: 'tcp://127.0.0.1:1', address: 'tcp://127.0.0.1:1' },
    ['binds: a service at `address` runs already; leave one of the two out'],
  ],
  [{ ...SERVICE, address: 'tcp://127.0.0.1:*' }, ['address: expected the port of the service']],
  [{ ...SERVICE, address: 'tcp://127.0.0.1:1', env: {} }, ['env: has no effect on a service that runs already']],
  [
    { ...SERVICE, binds: 'tcp://127.0.0.1:1', instances: { max: 2 } },
    ['binds: several instances can not bind one address; let them bind what BULKHEAD_ADDRESS says'],
  ],
  [
    { ...SERVICE, binds: 'tcp://127.0.0.1:1', reload: 'side_by_side' },
    ['reload: expected stop_first: two services can not bind one address'],
  ],
])('%j is a mistake', (plugin, messages) => {
  expect(zeromqFindings(plugin, 0).map(({ message }) => message)).toEqual(messages);
});

test.each([
  ['tcp://10.0.0.5:5555'],
  ['tcp://*:5555'],
  ['tcp://example.com:5555'],
  ['tcp://127.0.0.1.example.com:5555'],
])('a service at %s is spoken to in the clear only if the registry says so', (address) => {
  const message = expect.stringContaining('would leave this machine in the clear');
  expect(zeromqFindings({ ...SERVICE, address }, 3)).toEqual([
    { path: ['plugins', 3, 'address'], at: 'value', message },
  ]);
  expect(zeromqFindings({ ...SERVICE, address, curve: 'off' }, 3)).toEqual([]);
  expect(zeromqFindings({ ...SERVICE, address, curve: { server_key: '' } }, 3)).toEqual([]);
});

test.each([
  [{ id: 'socket' }],
  [ZEROMQ],
  [{ ...ZEROMQ, address: 'tcp://10.0.0.5:*', curve: 'off' }],
  [SERVICE],
  [{ ...SERVICE, codec: 'msgpack', instances: { max: 4 } }],
  [{ ...SERVICE, address: 'tcp://localhost:5555' }],
  [{ ...SERVICE, address: 'ipc:///run/service' }],
  // the field itself says what is wrong with these
  [{ ...ZEROMQ, address: 'http://10.0.0.5' }],
  [{ ...SERVICE, address: '10.0.0.5:*' }],
  [{ ...SERVICE, binds: '10.0.0.5:5555' }],
])('%j is none', (plugin) => {
  expect(zeromqFindings(plugin, 0)).toEqual([]);
});

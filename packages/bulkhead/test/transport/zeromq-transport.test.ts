import { FrameEncoder, Kind, type PluginMessage } from '@bulkhead/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import * as zeromq from 'zeromq';
import { bindSockets, type HostSockets } from '../../src/launcher/zeromq/host-sockets.ts';
import { deferred } from '../../src/lifecycle/deferred.ts';
import { transportFor } from '../../src/transport/transport-for.ts';
import type { FrameRefusal, Transport } from '../../src/transport/transport.ts';
import { until } from '../until.ts';
import { LIMITS } from './pairs.ts';

let host: HostSockets;
let transport: Transport;
let plugin: Readonly<Record<string, zeromq.Dealer>>;
let received: PluginMessage[];
let refusals: FrameRefusal[];
let end: () => void;

beforeEach(async () => {
  host = await bindSockets(zeromq, { plugin: 'peer', address: undefined, isEncrypted: true, largest: LIMITS.body });
  const gone = deferred<void>();
  end = gone.resolve;
  const isConnected = deferred<void>();
  const { data, control } = host;
  const endpoint = { kind: 'zeromq', data, control, connected: isConnected.resolve, gone: gone.promise } as const;
  transport = transportFor(endpoint, { id: 'peer', calls: { limits: LIMITS } }, () => false);
  received = [];
  refusals = [];
  transport.open({
    message: (message) => void received.push(message),
    refused: (refusal) => void refusals.push(refusal),
  });
  const folder = host.endpoint.slice('zeromq:'.length);
  const names = ['data-to-plugin', 'data-to-host', 'control-to-plugin', 'control-to-host'];
  plugin = Object.fromEntries(
    names.map((name) => {
      const socket = new zeromq.Dealer({ linger: 1_000 });
      socket.connect(`${folder}/${name}`);
      return [name, socket];
    }),
  );
  await isConnected.promise;
});

afterEach(async () => {
  await transport[Symbol.asyncDispose]();
  for (const socket of Object.values(plugin)) socket.close();
  host.close();
});

const large = new Uint8Array(100_000).fill(7);

/** A frame's payload, and the bodies that follow it. */
function parts(message: readonly unknown[]): Buffer[] {
  const encoder = new FrameEncoder();
  const bodies = encoder.append(message, 65_536);
  return [encoder.take().subarray(4), ...bodies].map((part) => Buffer.from(part));
}

async function send(...message: (Buffer | Uint8Array)[]): Promise<void> {
  await plugin['data-to-host']?.send(message.map((part) => Buffer.from(part)));
}

test.each([
  ['more parts than bodies', () => [...parts([Kind.Result, 1, null]), Buffer.from('more')], 'more parts'],
  ['fewer parts than bodies', () => parts([Kind.Result, 1, large]).slice(0, 1), 'lacks bodies'],
  ['a body that is too short', () => [parts([Kind.Result, 1, large])[0], Buffer.from('short')], 'lacks bodies'],
  ['a body that is too long', () => [parts([Kind.Result, 1, large])[0], Buffer.alloc(100_001)], 'lacks bodies'],
  ['no part at all', () => [Buffer.alloc(0)], ''],
])('a message with %s is refused, and what it is', async (_, message, mistake) => {
  await send(...(message() as Buffer[]));
  await until(() => refusals.length > 0, 'the refusal');
  expect(String(refusals[0]?.error)).toContain(mistake);
});

test('what is no frame is skipped, and the next message read', async () => {
  await send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
  await send(...parts([Kind.Result, 2, large]));
  await until(() => received.length > 0, 'the answer');
  expect(received).toEqual([[Kind.Result, 2, large]]);
  expect(refusals).toHaveLength(1);
});

test('what a process has sent before its end is delivered', async () => {
  for (let id = 1; id <= 200; id += 1) await send(...parts([Kind.Result, id, large]));
  for (const socket of Object.values(plugin)) socket.close();
  end();
  expect((await transport.closed).by).toBe('peer');
  expect(received).toHaveLength(200);
});

test('the end of one socket is the end of the connection', async () => {
  plugin['control-to-host']?.close();
  expect((await transport.closed).by).toBe('peer');
});

test('what the peer does not read waits, and none of it is lost', async () => {
  const sent = Array.from({ length: 3_000 }, (_, id) => id);
  for (const id of sent) transport.send([Kind.Call, id, 'execute', null]);
  const writable = transport.writable;
  const ids: unknown[] = [];
  for (const _ of sent) {
    const [payload] = (await plugin['data-to-plugin']?.receive()) ?? [];
    ids.push(payload?.length);
  }
  await writable;
  expect(ids).toHaveLength(sent.length);
});

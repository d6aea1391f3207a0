import { type HostMessage, Kind } from '@bulkhead/protocol';
import { expect, test } from 'vitest';
import type { PluginStream } from '../../src/session/plugin-stream.ts';
import type { MemoryPeer } from '../transport/memory-pair.ts';
import { untilHolds } from '../until.ts';
import { call, overEachTransport, sessionWith } from './played-plugin.ts';

/** A plugin that answers its first call by a stream of these, others at once, and notes what else it hears. */
function streaming(chunks: readonly unknown[], heard: HostMessage[] = []) {
  return (message: HostMessage, peer: MemoryPeer): void => {
    if (message[0] !== Kind.Call) return void heard.push(message);
    if (message[1] > 1) return peer.send([Kind.Result, message[1], null]);
    peer.send([Kind.Stream, message[1]]);
    for (const chunk of chunks) peer.send([Kind.Chunk, message[1], chunk]);
  };
}

overEachTransport(() => {
  test('credit is given for what the reader took, eight together, or when it waits', async () => {
    const heard: HostMessage[] = [];
    const { session, peer } = await sessionWith(streaming(Array.from({ length: 16 }), heard));
    const stream = (await call(session)) as PluginStream;
    await call(session); // all chunks have come before its answer
    for (let read = 0; read < 15; read += 1) await stream.next();
    await untilHolds(() => expect(heard).toEqual([[Kind.Credit, 1, 8]]));
    await stream.next();
    const last = stream.next();
    peer.send([Kind.End, 1, 'done']);
    expect(await last).toEqual({ done: true, value: 'done' });
    expect(stream.returned).toBe('done');
    await untilHolds(() =>
      expect(heard).toEqual([
        [Kind.Credit, 1, 8],
        [Kind.Credit, 1, 8],
      ]),
    );
  });

  test('several reads at once get one chunk each, in order, and the end', async () => {
    const { session, peer } = await sessionWith(streaming([]));
    const stream = (await call(session)) as PluginStream;
    const reads = [stream.next(), stream.next(), stream.next()];
    for (const message of [[Kind.Chunk, 1, 'a'] as const, [Kind.Chunk, 1, 'b'] as const, [Kind.End, 1, 3] as const])
      peer.send(message);
    expect(await Promise.all(reads)).toEqual([
      { done: false, value: 'a' },
      { done: false, value: 'b' },
      { done: true, value: 3 },
    ]);
  });

  test('stopping cancels the call, wakes the plugin, and waits for its last word', async () => {
    const heard: HostMessage[] = [];
    const { session, peer } = await sessionWith(streaming([1, 2, 3], heard));
    const stream = (await call(session)) as PluginStream;
    const stopped = stream.return('enough');
    peer.send([Kind.Chunk, 1, 'on its way already']);
    peer.send([Kind.Failure, 1, { code: 'CALL_CANCELLED', message: 'cancelled' }]);
    expect(await stopped).toEqual({ done: true, value: 'enough' });
    // a cancel goes on control, whose order is its own
    await untilHolds(() => expect(heard).toHaveLength(2));
    expect(heard).toEqual(
      expect.arrayContaining([
        [Kind.Cancel, 1],
        [Kind.Credit, 1, 0],
      ]),
    );
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    peer.send([Kind.Chunk, 1, 'late']);
    await stream.return();
  });

  test('a chunk that cannot be read ends the stream, and the plugin hears of it', async () => {
    const heard: HostMessage[] = [];
    const { session, peer } = await sessionWith(streaming([1], heard));
    const stream = (await call(session)) as PluginStream;
    peer.sendRaw('data', Uint8Array.of(4, 0, 0, 0, 0x93, Kind.Chunk, 1, 0xc1));
    expect(await stream.next()).toEqual({ done: false, value: 1 });
    await expect(stream.next()).rejects.toMatchObject({ code: 'FRAME_REFUSED' });
    await untilHolds(() => expect(heard).toContainEqual([Kind.Credit, 1, 0]));
  });

  test('the plugin that goes ends its streams', async () => {
    const { session, peer } = await sessionWith(streaming([1]));
    const stream = (await call(session)) as PluginStream;
    peer.close();
    await session.closed;
    expect(await stream.next()).toEqual({ done: false, value: 1 });
    await expect(stream.next()).rejects.toMatchObject({ code: 'PLUGIN_DISCONNECTED' });
  });

  test('a plugin that sends more than it has credit for breaks the protocol', async () => {
    const { session } = await sessionWith(streaming(Array.from({ length: 17 })));
    const stream = (await call(session)) as PluginStream;
    await session.closed;
    for (let read = 0; read < 16; read += 1) await stream.next();
    await expect(stream.next()).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
  });

  test('so does one that sends a chunk of what is no stream', async () => {
    const { session } = await sessionWith((message, peer) => peer.send([Kind.Chunk, message[1], 1]));
    await expect(call(session)).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
  });

  test('a second STREAM for a call breaks the protocol', async () => {
    const { session } = await sessionWith((message, peer) => {
      if (message[0] !== Kind.Call) return;
      peer.send([Kind.Stream, message[1]]);
      peer.send([Kind.Stream, message[1]]);
    });
    const stream = (await call(session)) as PluginStream;
    await expect(stream.next()).rejects.toMatchObject({
      code: 'PROTOCOL_VIOLATION',
      message: expect.stringContaining('second STREAM') as string,
    });
  });
});

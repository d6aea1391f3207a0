import { type HostMessage, Kind } from '@bulkhead/protocol';
import { expect, test } from 'vitest';
import { deferred } from '../../src/lifecycle/deferred.ts';
import { ResourceManager } from '../../src/resources/resource-manager.ts';
import type { AcquireOptions } from '../../src/resources/acquire-options.ts';
import type { CallReceiver } from '../../src/session/call-receiver.ts';
import type { LeaseHandler } from '../../src/session/call-leases.ts';
import type { MemoryPeer } from '../transport/memory-pair.ts';
import { call, overEachTransport, sessionWith } from './played-plugin.ts';

const resources = new ResourceManager();

const lease: LeaseHandler<CallReceiver> = (_caller, { name, options }, signal) =>
  resources.acquire('a call', name, { ...(options as AcquireOptions), signal });

function holders(): string[] {
  return resources.status().flatMap(({ name, holders: all }) => all.map(({ owner }) => `${owner}: ${name}`));
}

/** A plugin whose calls ask for `door`, and say nothing more; `heard` resolves with the answer. */
async function plugin(options: unknown = {}, gone: Promise<unknown> = new Promise(() => {})) {
  const heard = deferred<HostMessage>();
  const asked = deferred<MemoryPeer>();
  const { session, peer } = await sessionWith(
    (message, to) => {
      if (message[0] === Kind.Call) {
        to.send([Kind.Acquire, 70, message[1], 'door', options] as never);
        asked.resolve(to);
      } else if (message[0] === Kind.HostResult || message[0] === Kind.HostFailure) heard.resolve(message);
    },
    undefined,
    undefined,
    { lease, gone },
  );
  return { session, peer, heard: heard.promise, asked: asked.promise };
}

overEachTransport(() => {
  test.each([
    ['RESULT', (peer: MemoryPeer) => peer.send([Kind.Result, 1, null])],
    ['FAILURE', (peer: MemoryPeer) => peer.send([Kind.Failure, 1, { code: 'PLUGIN_RAISED', message: 'no' }])],
  ])('a lease lasts until the %s of its call', async (_, answer) => {
    const { session, peer, heard } = await plugin();
    const over = call(session).catch(() => {});
    expect(await heard).toEqual([Kind.HostResult, 70, { token: expect.any(Number) as number }]);
    expect(holders()).toEqual(['a call: door']);
    answer(peer);
    await over;
    expect(holders()).toEqual([]);
  });

  test('a call that was given up keeps what it has until it is answered, and gets nothing more', async () => {
    const { session, peer, heard } = await plugin();
    const over = call(session);
    await heard;
    session.cancel(1);
    expect(holders()).toEqual(['a call: door']);
    const refused = deferred<HostMessage>();
    peer.receive = (message) => message[0] === Kind.HostFailure && refused.resolve(message);
    peer.send([Kind.Acquire, 71, 1, 'window', {}]);
    expect(await refused.promise).toMatchObject([Kind.HostFailure, 71, { code: 'RESOURCE_WAIT_ENDED' }]);
    expect(holders()).toEqual(['a call: door']);
    peer.send([Kind.Result, 1, null]);
    await over;
    expect(holders()).toEqual([]);
  });

  test('a connection that is lost leaves a lease to the process that may run on', async () => {
    const gone = deferred<void>();
    const { session, heard } = await plugin({}, gone.promise);
    const lost = call(session).catch((error: unknown) => error);
    await heard;
    await session.close();
    expect(await lost).toMatchObject({ code: 'PLUGIN_DISCONNECTED' });
    expect(holders()).toEqual(['a call: door']);
    gone.resolve();
    await gone.promise;
    expect(holders()).toEqual([]);
  });

  test('RELEASE ends a lease, and a wait', async () => {
    const { session, peer, heard } = await plugin();
    const over = call(session);
    await heard;
    peer.send([Kind.Release, 70, 1]);
    peer.send([Kind.Release, 70, 1]);
    peer.send([Kind.Release, 99, 99]);
    const other = await resources.acquire('another', 'door');
    peer.send([Kind.Acquire, 71, 1, 'door', {}]);
    peer.send([Kind.Release, 71, 1]);
    peer.send([Kind.Acquire, 72, 1, 'window', {}]);
    peer.send([Kind.Release, 72, 1]); // granted in the same moment
    peer.send([Kind.Result, 1, null]);
    await over;
    expect(resources.status().map(({ name, holders: { length }, waiting }) => [name, length, waiting])).toEqual([
      ['door', 1, []],
    ]);
    other.release();
    expect(holders()).toEqual([]);
  });

  test.each([[7], [{ timeout: '1' }], [{ mode: 1 }], [{ amount: null }]])(
    'an ACQUIRE with the options %j breaks the protocol',
    async (options) => {
      const { session } = await plugin(options);
      await expect(call(session)).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
    },
  );

  test('an ACQUIRE in no call is nobody’s', async () => {
    const { session, peer, heard } = await plugin();
    peer.send([Kind.Acquire, 70, 12, 'window', {}]);
    const over = call(session);
    expect((await heard)[0]).toBe(Kind.HostResult);
    expect(holders()).toEqual(['a call: door']);
    peer.send([Kind.Result, 1, null]);
    await over;
  });
});

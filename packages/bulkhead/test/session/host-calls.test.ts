import { type HostMessage, Kind, MOST_REQUESTS_OF_CALL } from '@bulkhead/protocol';
import { describe, expect, test } from 'vitest';
import { BulkheadError } from '../../src/errors/bulkhead-error.ts';
import type { HostCallRequest } from '../../src/session/host-calls.ts';
import type { MemoryPeer } from '../transport/memory-pair.ts';
import { until } from '../until.ts';
import { call, overEachTransport, sessionWith } from './played-plugin.ts';

/** A plugin whose every call asks for this, and is answered by what it hears in return. */
function asking(...request: readonly unknown[]) {
  return (message: HostMessage, peer: MemoryPeer): void => {
    if (message[0] === Kind.Call) peer.send([Kind.HostCall, 70, message[1], ...request] as never);
    else if (message[0] === Kind.HostResult || message[0] === Kind.HostFailure) peer.send([Kind.Result, 1, message]);
  };
}

overEachTransport(() => {
  test('a request is run with what it says, and answered under its own number', async () => {
    const requests: HostCallRequest[] = [];
    const { session } = await sessionWith(asking('other', 'add', [1], { timeout: 1500 }), async (caller, request) => {
      expect(caller.action).toBe('execute');
      requests.push(request);
      return { sum: 1 };
    });
    expect(await call(session)).toEqual([Kind.HostResult, 70, { sum: 1 }]);
    expect(requests).toMatchObject([{ plugin: 'other', action: 'add', input: [1], timeout: 1500 }]);
  });

  test('a failure is handed on with its code, its message and what the exception carried', async () => {
    const { session } = await sessionWith(asking('other', 'add', null, {}), () => {
      const details = { plugin: 'other', action: 'add', type: 'ValueError', reason: 'no' };
      throw new BulkheadError('PLUGIN_RAISED', details, { context: { remoteType: 'ValueError', remoteData: 7 } });
    });
    expect(await call(session)).toEqual([
      Kind.HostFailure,
      70,
      { code: 'PLUGIN_RAISED', message: 'other.add raised ValueError: no', type: 'ValueError', data: 7 },
    ]);
  });

  test('an answer over the limits of this plugin is a failure', async () => {
    const { session } = await sessionWith(asking('other', 'add', null, {}), async () => 'x'.repeat(2 * 1024 * 1024));
    expect(await call(session)).toMatchObject([Kind.HostFailure, 70, { code: 'RESULT_TOO_LARGE' }]);
  });

  test.each(['cancelled', 'answered'])('a request is given up when its call is %s', async (how) => {
    let asked!: (signal: AbortSignal) => void;
    const signal = new Promise<AbortSignal>((resolve) => (asked = resolve));
    const { session, peer } = await sessionWith(asking('other', 'add', null, {}), (_caller, _request, given) => {
      asked(given);
      return new Promise(() => {});
    });
    const answer = call(session);
    const { aborted } = await signal;
    expect(aborted).toBe(false);
    if (how === 'cancelled') session.cancel(1);
    peer.send([Kind.Result, 1, 'without it']);
    expect(await answer).toBe('without it');
    expect((await signal).aborted).toBe(true);
  });

  test('the requests of a call are given up together, also when one of them was answered before', async () => {
    const signals = new Map<string, AbortSignal>();
    const { session, peer } = await sessionWith(
      (message, plugin) => {
        if (message[0] === Kind.Call)
          for (const [index, action] of ['quick', 'slow'].entries())
            plugin.send([Kind.HostCall, 70 + index, message[1], 'other', action, null, {}] as never);
        // a while after the answer, as a plugin would
        else if (message[0] === Kind.HostResult) setImmediate(() => plugin.send([Kind.Result, 1, message[2]]));
      },
      async (_caller, { action }, signal) => {
        signals.set(action, signal);
        // the other is asked first, so that both have begun
        return await (action === 'quick'
          ? until(() => signals.has('slow'), 'the slow request')
          : new Promise(() => {}));
      },
    );
    expect(await call(session)).toBe(true);
    expect(signals.get('slow')?.aborted).toBe(true);
    await session.close();
    peer.close();
  });

  test('a request that is none breaks the protocol', async () => {
    const { session } = await sessionWith(asking(7, 'add'));
    await expect(call(session)).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
  });

  describe('more than a call may ask for at once', () => {
    const flood = MOST_REQUESTS_OF_CALL + 50;

    test('is refused, naming the bound, and what was asked before goes on', async () => {
      const answers = new Map<string, number>();
      let begun = 0;
      let letGo!: () => void;
      const free = new Promise<void>((resolve) => (letGo = resolve));
      const { session } = await sessionWith(
        (message, peer) => {
          if (message[0] === Kind.Call)
            for (let id = 1; id <= flood; id += 1) peer.send([Kind.HostCall, id, message[1], 'other', 'add', id, {}]);
          if (message[0] !== Kind.HostResult && message[0] !== Kind.HostFailure) return;
          const code = message[0] === Kind.HostResult ? 'fine' : message[2].code;
          answers.set(code, (answers.get(code) ?? 0) + 1);
          if (code === 'TOO_MANY_REQUESTS' && answers.get(code) === 50) letGo();
          const all = [...answers.values()].reduce((sum, count) => sum + count, 0);
          if (all === flood) peer.send([Kind.Result, 1, message[0] === Kind.HostFailure ? message[2].message : null]);
        },
        async () => {
          begun += 1;
          await free;
        },
      );
      await call(session);
      expect(begun).toBe(MOST_REQUESTS_OF_CALL);
      expect(Object.fromEntries(answers)).toEqual({ fine: MOST_REQUESTS_OF_CALL, TOO_MANY_REQUESTS: 50 });
    });

    test('breaks the protocol when none of the refusals is read', async () => {
      const { session, peer, transport } = await sessionWith(
        () => {},
        () => new Promise(() => {}),
      );
      Object.defineProperty(transport, 'writable', { value: new Promise(() => {}) });
      const answer = call(session);
      for (let id = 1; id <= 2 * MOST_REQUESTS_OF_CALL + 1; id += 1)
        peer.send([Kind.HostCall, id, 1, 'other', 'add', id, {}]);
      await expect(answer).rejects.toMatchObject({
        code: 'PROTOCOL_VIOLATION',
        message: expect.stringContaining(String(MOST_REQUESTS_OF_CALL)) as string,
      });
    });

    test('counts the leases that it holds', async () => {
      const { session } = await sessionWith(
        (message, peer) => {
          if (message[0] === Kind.Call)
            for (let id = 1; id <= flood; id += 1) peer.send([Kind.Acquire, id, message[1], `shelf ${id}`, {}]);
          if (message[0] === Kind.HostFailure) peer.send([Kind.Result, 1, message[2].code]);
        },
        undefined,
        undefined,
        { lease: async () => ({ token: 1, release() {}, end() {} }), gone: new Promise(() => {}) },
      );
      expect(await call(session)).toBe('TOO_MANY_REQUESTS');
    });
  });
});

import { type HostMessage, Kind } from '@bulkhead/protocol';
import { expect, test } from 'vitest';
import { BulkheadError } from '../../src/errors/bulkhead-error.ts';
import type { HostCallRequest } from '../../src/session/host-calls.ts';
import type { MemoryPeer } from '../transport/memory-pair.ts';
import { call, sessionWith } from './plugin-in-memory.ts';

/** A plugin whose every call asks for this, and is answered by what it hears in return. */
function asking(...request: readonly unknown[]) {
  return (message: HostMessage, peer: MemoryPeer): void => {
    if (message[0] === Kind.Call) peer.send([Kind.HostCall, 70, message[1], ...request] as never);
    else if (message[0] === Kind.HostResult || message[0] === Kind.HostFailure) peer.send([Kind.Result, 1, message]);
  };
}

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

test('a request that is none breaks the protocol', async () => {
  const { session } = await sessionWith(asking(7, 'add'));
  await expect(call(session)).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
});

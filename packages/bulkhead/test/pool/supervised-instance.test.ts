import { FEATURES, type HelloPayload, Kind } from '@bulkhead/protocol';
import { describe, expect, test, vi } from 'vitest';
import type { ExitInfo, RunningInstance } from '../../src/launcher/running-instance.ts';
import { deferred } from '../../src/lifecycle/deferred.ts';
import { Limit } from '../../src/lifecycle/limit.ts';
import type { PoolObserver } from '../../src/pool/pool-observer.ts';
import { WorkInFlight } from '../../src/lifecycle/work-in-flight.ts';
import { SupervisedInstance } from '../../src/pool/supervised-instance.ts';
import { loadPluginFolder } from '../../src/registry/load-plugin-folder.ts';
import { callInput } from '../../src/session/call-input.ts';
import type { PluginStream } from '../../src/session/plugin-stream.ts';
import { Session } from '../../src/session/session.ts';
import { fixture } from '../test-home.ts';
import { createMemoryPair, type MemoryPeer } from '../transport/memory-pair.ts';

const LIMITS = { frame: 1024 * 1024, body: 1024 * 1024, values: 1_000_000 };
const OBSERVER = new Proxy({} as PoolObserver, { get: () => () => {} });

/** Milliseconds. */
const CANCEL_GRACE = 30;

/** An instance that runs nowhere, and whose plugin knows these features: how often it was interrupted, and what it hears. */
async function instanceWith(
  features: readonly string[],
  { obeys = true } = {},
): Promise<{
  readonly instance: SupervisedInstance;
  readonly peer: MemoryPeer;
  readonly interrupts: () => number;
}> {
  const { transport, peer } = createMemoryPair({ limits: LIMITS });
  const exit = deferred<ExitInfo>();
  let interrupts = 0;
  const running: RunningInstance = {
    identity: { generation: 1, name: 'nothing' },
    endpoint: undefined as unknown as RunningInstance['endpoint'],
    exited: exit.promise,
    diagnose: () =>
      Promise.resolve({
        ending: 'was killed by the kernel',
        lastLines: [],
        hints: ['memory'],
        closedConnection: false,
      }),
    interrupt: () => (interrupts += 1),
    stop: () => {
      exit.resolve({ code: null, signal: 'SIGKILL', requested: 'kill' });
      return exit.promise;
    },
  };
  peer.receive = (message) => {
    if (message[0] === Kind.Welcome) peer.send([Kind.Ready, 0, { metadata: {}, actions: { execute: {} } }]);
    if (message[0] === Kind.Cancel && obeys)
      peer.send([Kind.Failure, message[1], { code: 'CALL_CANCELLED', message: 'cancelled' }]);
  };
  const hello: HelloPayload = {
    protocol: [1, 1],
    features,
    sdk: { name: 'test', version: '0' },
    language: { name: 'none', version: '0' },
    environment: 'none',
  };
  peer.send([Kind.Hello, 0, hello]);
  const options = {
    plugin: 'peer',
    confined: false,
    isolated: false,
    generation: 1,
    configuration: {},
    concurrency: 1,
    limits: LIMITS,
    log: () => {},
    hide: (text: string) => text,
    hostCall: () => Promise.reject(new Error('there are no other plugins')),
    lease: () => Promise.reject(new Error('there are no resources')),
    gone: exit.promise,
  };
  const open = await Session.open(transport, options, AbortSignal.timeout(10_000));
  const { calls, ...spec } = await loadPluginFolder(fixture('plugins/echo'));
  const timeouts = { ...calls.timeouts, cancelGrace: CANCEL_GRACE };
  const instance = new SupervisedInstance({
    spec: { ...spec, calls: { ...calls, timeouts } },
    running,
    open,
    observer: OBSERVER,
    work: new WorkInFlight(),
    startDuration: 0,
  });
  return { instance, peer, interrupts: () => interrupts };
}

test.each([
  ['is interrupted where its SDK handles the signal', FEATURES, 1],
  ['is not sent a signal that would end it, where its SDK says nothing of it', ['cancel'], 0],
])('a plugin that is to give up a call %s', async (_, features, times) => {
  const { instance, interrupts } = await instanceWith(features);
  const controller = new AbortController();
  const call = instance.calls.send({ action: 'execute', input: callInput(null), signal: controller.signal });
  controller.abort();
  await expect(call).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
  expect(interrupts()).toBe(times);
  await instance.stop();
});

const cancelled = async (instance: SupervisedInstance): Promise<void> => {
  const controller = new AbortController();
  const call = instance.calls.send({ action: 'execute', input: callInput(null), signal: controller.signal });
  controller.abort();
  await expect(call).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
};

test('calls that end when they are cancelled leave no grace behind', async () => {
  const { instance } = await instanceWith(FEATURES);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    await cancelled(instance);
    const timers = vi.getTimerCount();
    for (let count = 0; count < 5; count += 1) await cancelled(instance);
    expect(vi.getTimerCount()).toBe(timers);
  } finally {
    vi.useRealTimers();
  }
  await instance.stop();
});

describe('a call that does not end when it is cancelled', () => {
  test('costs the instance, after its grace', async () => {
    const { instance } = await instanceWith(FEATURES, { obeys: false });
    await cancelled(instance);
    expect(await instance.ended).toMatchObject({ ending: 'replaced' });
  });

  test('costs the instance although calls were sent after a stream was cancelled, as those can not hold that up', async () => {
    const { instance, peer } = await instanceWith(FEATURES, { obeys: false });
    const stream = instance.calls.send({ action: 'execute', input: callInput(null) });
    peer.send([Kind.Stream, 1]);
    void ((await stream) as PluginStream).return();
    const waits = instance.calls.send({ action: 'execute', input: callInput(null) });
    await expect(waits).rejects.toMatchObject({ code: 'PLUGIN_REPLACED' });
    expect(await instance.ended).toMatchObject({ ending: 'replaced' });
  });

  test('costs nothing while a debugger may hold it', async () => {
    const { instance } = await instanceWith(FEATURES, { obeys: false });
    await cancelled(instance);
    instance.calls.liftLimits();
    await new Promise<void>((resolve) => void new Limit(3 * CANCEL_GRACE, resolve, true));
    expect(instance.accepting).toBe(true);
    await instance.stop();
  });
});

describe('a call whose limit is over', () => {
  async function* never(): AsyncGenerator<unknown> {
    yield await new Promise(() => {});
  }

  test.each([
    ['that its input was not there yet, where it waited for that', { rows: never() }, expect.stringContaining('input')],
    ['nothing of its input, where that was there', { rows: [] }, expect.not.stringContaining('input')],
  ])('says %s', async (_, input, message) => {
    const { instance } = await instanceWith(FEATURES, { obeys: false });
    const call = instance.calls.send({ action: 'execute', input: callInput(input), timeout: 1 });
    await expect(call).rejects.toMatchObject({ code: 'CALL_TIMEOUT', message: message as string });
    await instance.stop();
  });
});

test('after a violation of the protocol each call is told of that, not of the end that followed from it', async () => {
  const { instance, peer } = await instanceWith(FEATURES);
  const call = (): Promise<unknown> => instance.calls.send({ action: 'execute', input: callInput(null) });
  const first = call();
  peer.send([Kind.Log, 0, 'no log'] as never);
  await expect(first).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
  expect(instance.accepting).toBe(false);
  await expect(call()).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
  expect(await instance.ended).toMatchObject({ ending: 'crashed', violation: { code: 'PROTOCOL_VIOLATION' } });
});

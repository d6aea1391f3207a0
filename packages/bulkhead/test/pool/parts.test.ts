import { describe, expect, test } from 'vitest';
import { leastLoaded } from '../../src/pool/balance.ts';
import { CallQueue } from '../../src/pool/call-queue.ts';
import { IdleUnloading } from '../../src/pool/idle-unloading.ts';
import { PluginCall } from '../../src/pool/plugin-call.ts';
import { RestartPolicy } from '../../src/pool/restart-policy.ts';
import { StartGate } from '../../src/pool/start-gate.ts';

const instance = (inFlight: number, calls = 0, accepting = true) => ({ inFlight, calls, accepting });

test('the next call goes to the first that is idle, else to the one with the fewest, never to one that leaves', () => {
  const [idle, quiet, busy, leaving] = [instance(0), instance(1), instance(2), instance(0, 0, false)];
  expect(leastLoaded([busy, idle, instance(0)])).toBe(idle);
  expect(leastLoaded([busy, quiet, leaving])).toBe(quiet);
  expect(leastLoaded([leaving])).toBeUndefined();
  expect(leastLoaded([])).toBeUndefined();
});

describe('a queue', () => {
  test('serves in order, as long as there are instances', () => {
    const queue = new CallQueue<string>();
    const taken: string[] = [];
    for (const name of ['a', 'b', 'c'])
      queue.add({ take: (by) => taken.push(`${name} by ${by}`), refuse: () => taken.push('refused') });
    const instances = ['one', 'two'];
    queue.serve(() => instances.shift());
    expect(taken).toEqual(['a by one', 'b by two']);
    queue.refuseAll(new Error('closed'));
    expect(taken).toEqual(['a by one', 'b by two', 'refused']);
    expect(queue.size).toBe(0);
  });

  test('lets go of one whose limit is over or whose signal is aborted', async () => {
    const queue = new CallQueue<string>();
    const limited = waiting(queue, { limit: 1, timeUp: () => new Error('too late') });
    await expect(limited).rejects.toThrow('too late');
    const controller = new AbortController();
    const aborted = waiting(queue, { signal: controller.signal, aborted: () => new Error('not wanted') });
    controller.abort();
    await expect(aborted).rejects.toThrow('not wanted');
    expect(queue.size).toBe(0);
  });

  function waiting(queue: CallQueue<string>, limits: Parameters<CallQueue<string>['add']>[1]): Promise<string> {
    return new Promise((take, refuse) => queue.add({ take, refuse }, limits));
  }
});

describe('the gate', () => {
  test('lets so many in, then one for each that has left', async () => {
    const { signal } = new AbortController();
    const gate = new StartGate(1);
    const leave = await gate.enter(signal);
    const order: string[] = [];
    const second = gate.enter(signal).then((release) => (order.push('second'), release()));
    const third = gate.enter(signal).then(() => order.push('third'));
    order.push('first left');
    leave();
    await Promise.all([second, third]);
    expect(order).toEqual(['first left', 'second', 'third']);
  });

  test('loses no place by one that stops waiting, not even in the turn in which it is given one', async () => {
    const gate = new StartGate(1);
    const leave = await gate.enter(new AbortController().signal);
    const [early, late] = [new AbortController(), new AbortController()];
    const given = [gate.enter(early.signal), gate.enter(late.signal)];
    early.abort(new Error('early'));
    leave();
    late.abort(new Error('late'));
    const outcomes = await Promise.allSettled(given);
    expect(outcomes[0]?.status).toBe('rejected');
    for (const outcome of outcomes) if (outcome.status === 'fulfilled') outcome.value();
    (await gate.enter(new AbortController().signal))();
  });
});

describe('unloading', () => {
  test('takes those that had no call since they were last seen, the youngest first', () => {
    const unloading = new IdleUnloading<ReturnType<typeof instance>>(100);
    const [kept, busy, called, idle] = [instance(0, 5), instance(1, 5), instance(0, 5), instance(0, 5)];
    const all = [kept, busy, called, idle];
    expect(unloading.due(all, 1, 0)).toEqual([]);
    called.calls = 6;
    expect(unloading.due(all, 1, 100)).toEqual([idle, kept]);
    expect(unloading.due(all, 3, 150)).toEqual([idle]);
    expect(unloading.due([kept], 1, 200)).toEqual([]);
  });
});

describe('the policy of restarts', () => {
  const backoff = { first: 1_000, longest: 10_000, longLife: 60_000 };

  test('delays, then leaves alone, then tries once', () => {
    const policy = new RestartPolicy('sample', { backoff, breaker: { shortLives: 3, openFor: 100_000 } });
    expect(policy).toMatchObject({ delay: 0, isSoon: true, isBroken: false });
    policy.failed(new Error('first.'), 0);
    policy.failed(new Error('second.'), 0);
    expect(policy).toMatchObject({ isSoon: false, isBroken: false });
    expect(policy.refusal()).toMatchObject({ code: 'PLUGIN_RESTARTING', details: { reason: 'second' } });
    policy.failed(new Error('third.'), 0);
    expect(policy.delay).toBeGreaterThan(90_000);
    expect(policy.refusal()).toMatchObject({ code: 'PLUGIN_BROKEN', retryable: true });
    policy.reset();
    expect(policy).toMatchObject({ delay: 0, isBroken: false });
  });

  test('when its time is over stays broken until a life was long', () => {
    const policy = new RestartPolicy('sample', {
      backoff: { first: 0, longest: 0, longLife: 60_000 },
      breaker: { shortLives: 2, openFor: 0 },
    });
    policy.failed(new Error('first'), 0);
    policy.failed(new Error('second'), 0);
    expect(policy).toMatchObject({ isSoon: true, isBroken: true });
    policy.failed(new Error('after long'), 60_000);
    expect(policy.isBroken).toBe(false);
  });
});

test('a call whose limits were lifted is waited for', async () => {
  const host = {
    plugin: 'sample',
    abandon: () => {},
    explain: async (error: unknown) => error,
    activitySince: () => undefined,
    callEnded: () => {},
    callAnswered: () => {},
  };
  const limits = { timeout: 20, timeoutSetting: 'here', idle: 10, signal: undefined };
  const [lifted, other] = [new PluginCall(host, 'execute', limits), new PluginCall(host, 'execute', limits)];
  lifted.liftLimits();
  lifted.touch(); // a sign of life, which would begin the wait anew
  await expect(other.promise).rejects.toMatchObject({ code: 'CALL_IDLE_TIMEOUT' });
  await expect(new PluginCall(host, 'execute', { ...limits, idle: undefined }).promise).rejects.toMatchObject({
    code: 'CALL_TIMEOUT',
  });
  expect(lifted).toMatchObject({ timeout: undefined, deadline: Number.POSITIVE_INFINITY });
  lifted.resolve('in the end');
  expect(await lifted.promise).toBe('in the end');
});

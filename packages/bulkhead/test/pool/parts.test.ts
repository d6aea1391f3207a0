import { describe, expect, test } from 'vitest';
import { ExpiryTimer } from '../../src/lifecycle/expiry-timer.ts';
import { leastAhead, leastLoaded } from '../../src/pool/balance.ts';
import { CallQueue } from '../../src/pool/call-queue.ts';
import { IdleUnloading } from '../../src/pool/idle-unloading.ts';
import { PluginCall } from '../../src/pool/plugin-call.ts';
import { RestartPolicy } from '../../src/pool/restart-policy.ts';
import { Places } from '../../src/lifecycle/places.ts';
import { upkeepPeriod } from '../../src/pool/upkeep.ts';
import { type Work, Workload } from '../../src/pool/workload.ts';
import { callInput } from '../../src/session/call-input.ts';

const instance = (inFlight: number, sent = 0, accepting = true) => ({
  accepting,
  calls: { inFlight, sent, hasRoom: inFlight < 1 },
});

test('the next call goes to the first that is idle, else to the one with the fewest, never to one that leaves', () => {
  const [idle, quiet, busy, leaving] = [instance(0), instance(1), instance(2), instance(0, 0, false)];
  expect(leastLoaded([busy, idle, instance(0)])).toBe(idle);
  expect(leastLoaded([busy, quiet, leaving])).toBe(quiet);
  expect(leastLoaded([quiet, { ...busy, calls: { ...busy.calls, hasRoom: true } }])).toMatchObject({
    calls: { inFlight: 2 },
  });
  expect(leastLoaded([leaving])).toBeUndefined();
  expect(leastLoaded([])).toBeUndefined();
});

test('beyond what they run, quick calls go to the one with the fewest that may be sent more', () => {
  const working = (inFlight: number, isQuick: boolean, accepting = true) => ({
    accepting,
    calls: { inFlight, hasRoom: false, mayTakeAhead: (action: string) => isQuick && action === 'quick' },
  });
  const [heldUp, few, many, leaving] = [working(1, false), working(2, true), working(3, true), working(1, true, false)];
  expect(leastAhead([many, heldUp, few, leaving], 'quick')).toBe(few);
  expect(leastAhead([many, few], 'unknown')).toBeUndefined();
  expect(leastAhead([heldUp], 'quick')).toBeUndefined();
});

describe('a workload', () => {
  const NOW = 100_000;
  const workloadOf = (concurrency: number, ...actions: string[]) => new Workload(concurrency, actions, () => NOW);

  /** A call that was sent so many milliseconds ago, as one of `inFlight`. */
  function sent(workload: Workload, action: string, ago: number, inFlight = 1): Work {
    const work = { action, startedAt: NOW - ago, pace: undefined, isSlow: false, isStream: false, crowd: 1 };
    workload.began(work, inFlight - 1);
    return work;
  }

  test('takes ahead what was quick before, as far as its window goes, and nothing that it does not know', () => {
    const workload = workloadOf(2, 'quick', 'other');
    expect(workload.mayTakeAhead('quick', 2)).toBe(false);
    workload.answered(sent(workload, 'quick', 0), true);
    sent(workload, 'quick', 0);
    expect(workload.mayTakeAhead('quick', 2)).toBe(true);
    expect(workload.mayTakeAhead('quick', 130)).toBe(false);
    expect(workload.mayTakeAhead('other', 2)).toBe(false);
    expect(workload.mayTakeAhead('there is no such action', 2)).toBe(false);
  });

  test('takes nothing ahead behind a slow call, nor behind a quick one that is slow this time', () => {
    const workload = workloadOf(1, 'quick', 'slow');
    workload.answered(sent(workload, 'quick', 0), true);
    const slow = sent(workload, 'slow', 0);
    expect(workload.mayTakeAhead('quick', 1)).toBe(false);
    workload.answered(slow, true);
    sent(workload, 'quick', 10_000);
    expect(workload.mayTakeAhead('quick', 1)).toBe(false);
  });

  test('learns from a call that failed that the action is slow, never that it is quick', () => {
    const workload = workloadOf(1, 'action');
    for (let count = 0; count < 3; count += 1) workload.answered(sent(workload, 'action', 0), false);
    expect(workload.mayTakeAhead('action', 1)).toBe(false);
    workload.answered(sent(workload, 'action', 0), true);
    expect(workload.mayTakeAhead('action', 1)).toBe(true);
    workload.answered(sent(workload, 'action', 1_000), false);
    expect(workload.mayTakeAhead('action', 1)).toBe(false);
  });

  test('knows one slow call for some time, and forgets it', () => {
    const workload = workloadOf(1, 'action');
    workload.answered(sent(workload, 'action', 1_000), true);
    const answers: boolean[] = [];
    for (let count = 0; count < 100; count += 1) {
      answers.push(workload.mayTakeAhead('action', 1));
      workload.answered(sent(workload, 'action', 0), true);
    }
    expect(answers.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => false));
    expect(workload.mayTakeAhead('action', 1)).toBe(true);
  });

  test('has room beside a stream when it runs one call at a time', () => {
    const [one, several] = [workloadOf(1, 'stream'), workloadOf(2, 'stream')];
    for (const workload of [one, several]) {
      const streams = [sent(workload, 'stream', 0, 1), sent(workload, 'stream', 0, 2)];
      for (const stream of streams) workload.streams(stream);
      expect(workload.hasRoom(2)).toBe(workload === one);
      for (const stream of streams) workload.answered(stream, true);
      expect(workload.hasRoom(0)).toBe(true);
      expect(workload.hasRoom(2)).toBe(false);
    }
  });

  test('does not blame a call for those before it', () => {
    const workload = workloadOf(2, 'action');
    workload.answered(sent(workload, 'action', 0), true);
    for (let count = 0; count < 10; count += 1) workload.answered(sent(workload, 'action', 40, 100), true);
    expect(workload.mayTakeAhead('action', 2)).toBe(true);
  });
});

describe('a queue', () => {
  test('serves in order, as long as there are instances', () => {
    const queue = new CallQueue<string>();
    const taken: string[] = [];
    for (const name of ['a', 'b', 'c'])
      queue.add({ action: 'a', take: (by) => taken.push(`${name} by ${by}`), refuse: () => taken.push('refused') });
    const instances = ['one', 'two'];
    queue.serve(() => instances.shift());
    expect(taken).toEqual(['a by one', 'b by two']);
    queue.refuseAll(new Error('closed'));
    expect(taken).toEqual(['a by one', 'b by two', 'refused']);
    expect(queue.size).toBe(0);
  });

  test('serves those first that want no more than to know of an instance', () => {
    const queue = new CallQueue<string>();
    const taken: unknown[] = [];
    const add = (action: string | undefined): void =>
      queue.add({ action, take: () => taken.push(action), refuse: () => {} });
    ['a', undefined, 'b'].forEach(add);
    queue.serve((action) => (action === 'b' ? undefined : 'one'));
    expect(taken).toEqual([undefined, 'a']);
    expect(queue.size).toBe(1);
  });

  test('serves ten thousand that end as soon as they are taken, each of which makes room', () => {
    const queue = new CallQueue<string>();
    let taken = 0;
    const serve = (): void => queue.serve(() => 'one');
    const take = (): void => {
      taken += 1;
      serve();
    };
    for (let count = 0; count < 10_000; count += 1) queue.add({ action: 'a', take, refuse: () => {} });
    serve();
    expect(taken).toBe(10_000);
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
    return new Promise((take, refuse) => queue.add({ action: 'a', take, refuse }, limits));
  }
});

describe('places', () => {
  test('lets so many in, then one for each that has left', async () => {
    const { signal } = new AbortController();
    const gate = new Places(1);
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
    const gate = new Places(1);
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
    called.calls.sent = 6;
    expect(unloading.due(all, 1, 100)).toEqual([idle, kept]);
    expect(unloading.due(all, 3, 150)).toEqual([idle]);
    expect(unloading.due([kept], 1, 200)).toEqual([]);
  });
});

test.each([
  ['for memory alone, each two seconds', undefined, true, 2_000],
  ['for idle ones, four times in their limit', 1_000, false, 250],
  ['for idle ones, with half a minute of delay at most', 3_600_000, false, 30_000],
  ['for both, as often as the more urgent needs', 1_000, true, 250],
  ['for both, as often as the more urgent needs', 3_600_000, true, 2_000],
])('instances are looked at %s: %s ms, %s', (_, idleUnload, watchesMemory, period) => {
  expect(upkeepPeriod(idleUnload, watchesMemory)).toBe(period);
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
    activityDuring: () => Promise.resolve(undefined),
    callStreams: () => {},
    callEnded: () => {},
    callAnswered: () => {},
  };
  const waiting = new ExpiryTimer<PluginCall>();
  const call = (idle: number | undefined): PluginCall => {
    const made = new PluginCall(
      host,
      { action: 'execute', input: callInput(null) },
      { timeout: 20, isOwnTimeout: true, idle },
    );
    waiting.add(made);
    return made;
  };
  const lifted = call(10);
  lifted.liftLimits();
  lifted.touch(); // a sign of life, which would begin the wait anew
  await expect(call(10).promise).rejects.toMatchObject({ code: 'CALL_IDLE_TIMEOUT' });
  await expect(call(undefined).promise).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
  expect(lifted).toMatchObject({ timeout: undefined, deadline: Number.POSITIVE_INFINITY });
  lifted.resolve('in the end');
  expect(await lifted.promise).toBe('in the end');
  waiting.close();
});

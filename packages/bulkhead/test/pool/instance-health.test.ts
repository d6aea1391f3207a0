import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Deferred, deferred } from '../../src/lifecycle/deferred.ts';
import type { Vitals } from '../../src/launcher/running-instance.ts';
import { InstanceHealth } from '../../src/pool/instance-health.ts';
import { until } from '../until.ts';

let changes: string[];
let pings: Deferred<void>[];
let looks: number;
let vitals: () => Vitals | undefined;
let health: InstanceHealth;

beforeEach(() => {
  changes = [];
  pings = [];
  looks = 0;
  let processorTime = 0;
  vitals = () => ({ processorTime, memory: 1, isRunnable: false });
  // what computes uses much more than a look takes
  const computing = (): Vitals => ({ processorTime: (processorTime += 10_000), memory: 1, isRunnable: true });
  health = new InstanceHealth({
    vitals: async () => {
      looks += 1;
      return vitals === COMPUTES ? computing() : vitals();
    },
    ping: () => {
      const pong = deferred<void>();
      pings.push(pong);
      return pong.promise;
    },
    changed: (to, from) => changes.push(`${from} → ${to}`),
  });
});

afterEach(() => {
  health.ended();
});

/** Stands for a process that computes all the time. */
const COMPUTES = (): Vitals => ({ processorTime: 0, memory: 1, isRunnable: true });

test('a call that runs is looked at, and its instance pinged once no answer came for a while', async () => {
  health.callStarted();
  await until(() => looks > 0, 'the first look');
  expect(pings).toHaveLength(0);
  await until(() => pings.length === 1, 'the first ping');
  pings[0]?.resolve();
  const before = looks;
  await until(() => pings.length === 2, 'the second ping');
  // a pong counts for some looks
  expect(looks - before).toBeGreaterThan(1);
  expect(health.current).toBe('ready');
  expect(changes).toEqual([]);
});

test('one that computes and answers no ping is busy, and ready again when it answers', async () => {
  vitals = COMPUTES;
  health.callStarted();
  await until(() => health.current === 'busy', 'busy');
  health.callEnded(true, performance.now());
  pings[0]?.resolve();
  await until(() => health.current === 'ready', 'ready');
  expect(changes).toEqual(['ready → busy', 'busy → ready']);
});

test('one that neither computes nor answers is blocked, until it answers', async () => {
  health.callStarted();
  await until(() => health.current === 'blocked', 'blocked');
  expect(pings).toHaveLength(1);
  expect(await health.activitySince(0)).toMatch(/^was blocked, and did not even answer a ping \(/);
  pings[0]?.resolve();
  await until(() => health.current === 'ready', 'ready');
});

test('one of which the system tells nothing is silent', async () => {
  vitals = () => undefined;
  health.callStarted();
  await until(() => health.current === 'silent', 'silent');
  expect(await health.activitySince(0)).toBeUndefined();
});

test('one without a call is not looked at, and one that is gone is dead for good', async () => {
  health.callStarted();
  health.callEnded(true, performance.now());
  health.ended();
  expect(changes).toEqual(['ready → dead']);
  health.callStarted();
  await new Promise(setImmediate);
  expect(looks).toBe(0);
  expect(health.current).toBe('dead');
});

import { describe, expect, test } from 'vitest';
import type { ResourceObserver } from '../../src/resources/resource-observer.ts';
import { isResourceConflictError } from '../../src/resources/resource-conflict.ts';
import { ResourceManager } from '../../src/resources/resource-manager.ts';
import { MOST_OVERTAKINGS } from '../../src/resources/fair-queue.ts';
import { until } from '../until.ts';
import { CallbackWarnings } from '../warnings.ts';

/** Owners in the order in which they get `name`, each of which lets go at once. */
function inTurn(manager: ResourceManager, name: string) {
  const order: string[] = [];
  const ask = async (owner: string, options: Parameters<ResourceManager['acquire']>[2] = {}): Promise<void> => {
    const lease = await manager.acquire(owner, name, options);
    order.push(owner);
    lease.release();
  };
  return { order, ask };
}

describe('a resource', () => {
  test('has one exclusive holder; the next gets it on release, which may be said twice', async () => {
    const manager = new ResourceManager();
    const first = await manager.acquire('first', 'door');
    const second = manager.acquire('second', 'door');
    expect(manager.status()).toMatchObject([
      { name: 'door', holders: [{ owner: 'first', mode: 'exclusive' }], waiting: [{ owner: 'second' }] },
    ]);
    first.release();
    first.release();
    const lease = await second;
    expect(lease).toMatchObject({ owner: 'second', resource: 'door', isHeld: true });
    expect(first.isHeld).toBe(false);
    expect(lease.token).toBeGreaterThan(first.token);
    lease.release();
    expect(manager.status()).toEqual([]);
  });

  test('is shared by any number, unless it has a capacity', async () => {
    const manager = new ResourceManager({ capacities: { gpu: 2 } });
    for (const owner of ['a', 'b', 'c']) await manager.acquire(owner, 'file', { mode: 'shared', timeout: 0 });
    // what has a capacity is shared unless said otherwise
    for (const owner of ['a', 'b']) await manager.acquire(owner, 'gpu', { timeout: 0 });
    await expect(manager.acquire('c', 'gpu', { timeout: 0 })).rejects.toMatchObject({ code: 'RESOURCE_CONFLICT' });
    await expect(manager.acquire('c', 'file', { mode: 'exclusive', timeout: 0 })).rejects.toThrow('at once');
  });

  test('is let go of at the end of a block', async () => {
    const manager = new ResourceManager();
    {
      using lease = await manager.acquire('a', 'door');
      expect(lease.isHeld).toBe(true);
    }
    {
      await using lease = await manager.acquire('b', 'door', { timeout: 0 });
      expect(lease.isHeld).toBe(true);
    }
    expect(manager.status()).toEqual([]);
  });

  test('goes to the next when the time of its lease is over; to release it late does no harm', async () => {
    const manager = new ResourceManager();
    const forgotten = await manager.acquire('forgetful', 'door', { ttl: 1 });
    const next = await manager.acquire('next', 'door');
    expect(forgotten.isHeld).toBe(false);
    forgotten.release();
    expect(manager.status()).toMatchObject([{ holders: [{ owner: 'next', token: next.token }], waiting: [] }]);
  });
});

describe('a conflict', () => {
  test('names the holder, for how long, and who else waits', async () => {
    const manager = new ResourceManager();
    await manager.acquire('forecaster.train', 'gpu');
    const other = manager.acquire('text_tools.embed', 'gpu');
    const error: unknown = await manager.acquire('late', 'gpu', { timeout: 5 }).catch((reason: unknown) => reason);
    expect(isResourceConflictError(error)).toBe(true);
    expect(error).toMatchObject({
      code: 'RESOURCE_CONFLICT',
      retryable: true,
      details: {
        resource: 'gpu',
        owner: 'late',
        holders: [{ owner: 'forecaster.train', mode: 'exclusive', milliseconds: expect.any(Number) as number }],
        waiting: ['text_tools.embed'],
      },
      message: expect.stringMatching(
        /^late did not get resource "gpu" within 0\.\d+ s: forecaster\.train has held it for 0\.\d+ s \(exclusive\); text_tools\.embed waits as well\.$/,
      ) as string,
    });
    expect(isResourceConflictError(new Error('another'))).toBe(false);
    manager.close();
    await expect(other).rejects.toMatchObject({ code: 'RESOURCE_WAIT_ENDED' });
  });
});

describe('the queue', () => {
  test('lets no sharer pass an exclusive waiter, and serves those behind one that gives up', async () => {
    const manager = new ResourceManager();
    await manager.acquire('reader', 'file', { mode: 'shared' });
    const abort = new AbortController();
    const writer = manager.acquire('writer', 'file', { signal: abort.signal });
    const late = manager.acquire('late reader', 'file', { mode: 'shared' });
    expect(manager.status()[0]?.waiting.map(({ owner }) => owner)).toEqual(['writer', 'late reader']);
    abort.abort(new Error('not needed'));
    await expect(writer).rejects.toMatchObject({ code: 'RESOURCE_WAIT_ENDED', cause: { message: 'not needed' } });
    expect((await late).isHeld).toBe(true);
  });

  test('lets no small claim pass a large one that is first', async () => {
    const manager = new ResourceManager({ capacities: { memory: 4 } });
    const two = await manager.acquire('two', 'memory', { amount: 2 });
    const four = manager.acquire('four', 'memory', { amount: 4 });
    await expect(manager.acquire('one', 'memory', { timeout: 0 })).rejects.toMatchObject({ code: 'RESOURCE_CONFLICT' });
    two.release();
    expect((await four).amount).toBe(4);
  });

  test('serves a thousand in their order', async () => {
    const manager = new ResourceManager();
    const lease = await manager.acquire('holder', 'door');
    const { order, ask } = inTurn(manager, 'door');
    const owners = Array.from({ length: 1_000 }, (_, index) => `owner ${index}`);
    const all = owners.map((owner) => ask(owner));
    lease.release();
    await Promise.all(all);
    expect(order).toEqual(owners);
    expect(manager.status()).toEqual([]);
  });

  test('puts a higher priority first, but lets nobody starve', async () => {
    const manager = new ResourceManager();
    const lease = await manager.acquire('holder', 'door');
    const { order, ask } = inTurn(manager, 'door');
    const urgent = Array.from({ length: MOST_OVERTAKINGS + 2 }, (_, index) => `urgent ${index}`);
    const all = [ask('usual'), ...urgent.map((owner) => ask(owner, { priority: 1 }))];
    lease.release();
    await Promise.all(all);
    expect(order).toEqual([...urgent.slice(0, MOST_OVERTAKINGS), 'usual', ...urgent.slice(MOST_OVERTAKINGS)]);
  });
});

describe('an owner', () => {
  test('gets again what it has, past those who wait, until the last lease is released', async () => {
    const manager = new ResourceManager();
    const outer = await manager.acquire('owner', 'door');
    const other = manager.acquire('other', 'door');
    const inner = await manager.acquire('owner', 'door', { mode: 'shared' });
    expect(inner).toMatchObject({ token: outer.token, mode: 'exclusive' });
    outer.release();
    expect(manager.status()[0]?.holders).toMatchObject([{ owner: 'owner', mode: 'exclusive' }]);
    inner.release();
    expect((await other).isHeld).toBe(true);
  });

  test('that asks twice before it gets anything gets both', async () => {
    const manager = new ResourceManager();
    const before = await manager.acquire('before', 'door');
    const both = [manager.acquire('twice', 'door'), manager.acquire('twice', 'door')];
    before.release();
    const [one, two] = await Promise.all(both);
    expect(one?.token).toBe(two?.token);
  });

  test('takes more units when it asks again', async () => {
    const manager = new ResourceManager({ capacities: { gpu: 2 } });
    await manager.acquire('owner', 'gpu');
    await manager.acquire('owner', 'gpu');
    await expect(manager.acquire('other', 'gpu', { timeout: 0 })).rejects.toMatchObject({ code: 'RESOURCE_CONFLICT' });
  });

  test('that ends leaves nothing behind: neither leases nor waits', async () => {
    const manager = new ResourceManager();
    const call = { name: 'text_tools.execute' };
    const lease = await manager.acquire(call, 'door');
    await manager.acquire(call, 'file');
    await manager.acquire('other', 'gpu');
    const waits = [manager.acquire(call, 'gpu'), manager.acquire(call, 'gpu')];
    const next = manager.acquire('next', 'door');
    manager.releaseAll(call);
    for (const wait of waits)
      await expect(wait).rejects.toMatchObject({
        code: 'RESOURCE_WAIT_ENDED',
        message: 'text_tools.execute no longer waits for resource "gpu": text_tools.execute has ended.',
      });
    expect(lease.isHeld).toBe(false);
    expect((await next).isHeld).toBe(true);
    expect(manager.status()).toMatchObject([
      { name: 'door', holders: [{ owner: 'next' }] },
      { name: 'gpu', holders: [{ owner: 'other' }], waiting: [] },
    ]);
    manager.releaseAll(call);
  });

  test('of the same name is another one', async () => {
    const manager = new ResourceManager();
    await manager.acquire({ name: 'import' }, 'door');
    await expect(manager.acquire({ name: 'import' }, 'door', { timeout: 0 })).rejects.toMatchObject({
      code: 'RESOURCE_CONFLICT',
    });
  });

  test('whose signal was aborted gets nothing', async () => {
    const manager = new ResourceManager();
    const signal = AbortSignal.abort(new Error('the call is over'));
    await expect(manager.acquire('call', 'door', { signal })).rejects.toMatchObject({
      code: 'RESOURCE_WAIT_ENDED',
      cause: { message: 'the call is over' },
    });
    expect(manager.status()).toEqual([]);
  });
});

describe('a deadlock', () => {
  const refusal = async (wait: Promise<unknown>): Promise<string> =>
    await wait.then(
      () => 'granted',
      (error: unknown) => {
        expect(error).toMatchObject({ code: 'RESOURCE_DEADLOCK', retryable: true });
        return (error as Error).message;
      },
    );

  test('is refused to whom would close the circle, and named', async () => {
    const manager = new ResourceManager();
    const gpu = await manager.acquire('a', 'gpu');
    await manager.acquire('b', 'db');
    const waits = manager.acquire('a', 'db');
    expect(await refusal(manager.acquire('b', 'gpu'))).toBe(
      'b would wait for resource "gpu" for ever: b holds db and waits for gpu, a holds gpu and waits for db.',
    );
    // nothing has changed for the others
    manager.releaseAll('b');
    expect((await waits).owner).toBe('a');
    expect(gpu.isHeld).toBe(true);
  });

  test('is found over several owners', async () => {
    const manager = new ResourceManager();
    for (const name of ['a', 'b', 'c', 'd']) await manager.acquire(name, `${name}'s`);
    const waits = ['b', 'c', 'd'].map((name, index) => manager.acquire('abc'[index]!, `${name}'s`));
    expect(await refusal(manager.acquire('d', "a's"))).toContain(
      "d holds d's and waits for a's, a holds a's and waits for b's, b holds b's and waits for c's, c holds c's and waits for d's",
    );
    manager.close();
    await Promise.allSettled(waits);
  });

  test('is one with oneself, when a share is to become all', async () => {
    const manager = new ResourceManager();
    await manager.acquire('a', 'file', { mode: 'shared' });
    expect(await refusal(manager.acquire('a', 'file', { mode: 'exclusive' }))).toBe(
      'a would wait for resource "file" for ever: a holds file and waits for file.',
    );
  });

  test('can come of the order in the queue', async () => {
    const manager = new ResourceManager();
    await manager.acquire('reader', 'file', { mode: 'shared' });
    await manager.acquire('x', 'db');
    const waits = [manager.acquire('writer', 'file'), manager.acquire('reader', 'db')];
    expect(await refusal(manager.acquire('x', 'file', { mode: 'shared' }))).toContain(
      'x holds db and waits for file behind writer, writer waits for file, reader holds file and waits for db',
    );
    manager.close();
    await Promise.allSettled(waits);
  });

  test('can come of a call that waits for another', async () => {
    const manager = new ResourceManager();
    const caller = { name: 'summarizer.execute' };
    await manager.acquire(caller, 'gpu');
    const called = { name: 'text_tools.embed', awaitedBy: caller };
    expect(await refusal(manager.acquire(called, 'gpu'))).toBe(
      'text_tools.embed would wait for resource "gpu" for ever: text_tools.embed waits for gpu, ' +
        'summarizer.execute holds gpu and waits for the end of text_tools.embed.',
    );
  });

  test('can lead over what a call holds that waits for another', async () => {
    const manager = new ResourceManager();
    const caller = { name: 'caller' };
    const called = { name: 'called', awaitedBy: caller };
    await manager.acquire(caller, 'door');
    await manager.acquire('y', 'gpu');
    const waits = manager.acquire(called, 'gpu');
    expect(await refusal(manager.acquire('y', 'door'))).toContain(
      'y holds gpu and waits for door, caller holds door and waits for the end of called, called waits for gpu',
    );
    manager.close();
    await Promise.allSettled([waits]);
  });

  test('is none where one of several holders may do', async () => {
    const manager = new ResourceManager({ capacities: { gpu: 2 } });
    await manager.acquire('a', 'gpu');
    const free = await manager.acquire('b', 'gpu');
    await manager.acquire('c', 'db');
    const waits = [manager.acquire('a', 'db'), manager.acquire('c', 'gpu')];
    free.release();
    expect((await waits[1])?.owner).toBe('c');
    manager.releaseAll('c');
    expect((await waits[0])?.owner).toBe('a');
  });
});

test('a closed manager refuses everybody, those who wait as well', async () => {
  const manager = new ResourceManager();
  const lease = await manager.acquire('a', 'door');
  const waits = [manager.acquire('b', 'door'), manager.acquire('b', 'door'), manager.acquire('c', 'door')];
  manager.close();
  manager[Symbol.dispose]();
  for (const outcome of await Promise.allSettled(waits))
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'RESOURCE_WAIT_ENDED' } });
  expect(lease.isHeld).toBe(false);
  expect(manager.status()).toEqual([]);
  await expect(manager.acquire('d', 'door')).rejects.toThrow('the resource manager is closed');
});

test('an observer is told of all that happens', async () => {
  const told: unknown[][] = [];
  const time = expect.any(Number) as number;
  const observer: ResourceObserver = {
    waitBegan: (...event) => told.push(['began', ...event]),
    leaseGranted: (...event) => told.push(['granted', ...event]),
    leaseEnded: (...event) => told.push(['ended', ...event]),
    leaseRefused: (...event) => told.push(['refused', ...event]),
  };
  const manager = new ResourceManager({ observer });
  const lease = await manager.acquire('a', 'door');
  await manager.acquire('b', 'door', { timeout: 0 }).catch(() => {});
  const next = manager.acquire('c', 'door');
  lease.release();
  await next;
  manager.releaseAll('c');
  expect(told).toEqual([
    ['granted', 'door', 'a', 0],
    ['refused', 'door', 'b', 'conflict', time],
    ['began', 'door', 'c'],
    ['ended', 'door', 'a', 'released', time],
    ['granted', 'door', 'c', time],
    ['ended', 'door', 'c', 'owner_ended', time],
  ]);
});

test.each([[undefined], [null], [{}], [{ name: 7 }], [7]])('an owner without a name is refused: %j', async (owner) => {
  const manager = new ResourceManager();
  const acquiring = manager.acquire(owner as unknown as string, 'door');
  await expect(acquiring).rejects.toMatchObject({ code: 'ARGUMENT_INVALID', details: { argument: 'owner' } });
  expect(manager.status()).toEqual([]);
});

test('an observer that throws keeps nothing from being granted and released', async () => {
  using warnings = new CallbackWarnings();
  const broken = (): never => {
    throw new Error('the page is gone');
  };
  const observer = { waitBegan: broken, leaseGranted: broken, leaseEnded: broken, leaseRefused: broken };
  const manager = new ResourceManager({ observer });
  const lease = await manager.acquire('a', 'door');
  await expect(manager.acquire('b', 'door', { timeout: 0 })).rejects.toMatchObject({ code: 'RESOURCE_CONFLICT' });
  const next = manager.acquire('c', 'door');
  lease.release();
  (await next).release();
  expect(manager.status()).toEqual([]);
  await until(() => warnings.messages.length === 4, 'the warnings');
});

test.each([
  [{ timeout: -1 }, 'timeout: -1 is not a number of milliseconds between 0 and 2^31.'],
  [{ timeout: Number.NaN }, 'timeout: NaN'],
  [{ ttl: 0 }, 'ttl: 0 is not a number of milliseconds between 1 and 2^31.'],
  [{ priority: Number.POSITIVE_INFINITY }, 'priority: Infinity is not a finite number.'],
  [{ mode: 'both' as never }, 'mode: expected exclusive or shared, found both.'],
  [{ mode: 'exclusive' as const, amount: 1 }, 'amount: an exclusive lease is of the whole resource'],
  [{ amount: 1.5 }, 'amount: 1.5 is not a number of units.'],
  [{ amount: 3 }, 'amount: resource "gpu" has 2, never 3.'],
])('acquire refuses %o', async (options, message) => {
  const manager = new ResourceManager({ capacities: { gpu: 2 } });
  await expect(manager.acquire('a', 'gpu', options)).rejects.toMatchObject({
    code: 'ARGUMENT_INVALID',
    message: expect.stringContaining(message) as string,
  });
  expect(manager.status()).toMatchObject([{ name: 'gpu', holders: [], waiting: [] }]);
});

test('an amount of what has no capacity is refused with the name that was meant', async () => {
  const manager = new ResourceManager({ capacities: { gpu: 2 } });
  await expect(manager.acquire('a', 'gpus', { amount: 1 })).rejects.toThrow(
    'amount: resource "gpus" has no declared capacity of which to have 1; did you mean "gpu"?',
  );
  expect(() => new ResourceManager({ capacities: { gpu: 0 } })).toThrow(
    'capacities: the capacity of "gpu" is a whole number from 1 on, not 0.',
  );
});

import { expect, test } from 'vitest';
import { SharedLooks } from '../../src/environment/shared-looks.ts';
import { deferred } from '../../src/lifecycle/deferred.ts';

/** Looks that end when they are told to, and find their number. */
function numbered() {
  const begun: { readonly signal: AbortSignal; end(): void; fail(error: Error): void }[] = [];
  const look = async (signal: AbortSignal): Promise<number> => {
    const over = deferred<number>();
    const number = begun.push({ signal, end: () => over.resolve(number), fail: over.reject });
    return await over.promise;
  };
  return { begun, look };
}

/** Lets all that is decided happen. */
const turn = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

test('who asks while a look is under way shares the one after it', async () => {
  const looks = new SharedLooks();
  const { begun, look } = numbered();
  const first = looks.find('uv', look);
  await turn();
  const others = [looks.find('uv', look), looks.find('uv', look)];
  await turn();
  expect(begun).toHaveLength(1);
  begun[0]?.end();
  await turn();
  begun[1]?.end();
  expect(await Promise.all([first, ...others])).toEqual([1, 2, 2]);
  void looks.find('uv', look);
  await turn();
  expect(begun).toHaveLength(3);
});

test('a look that fails is no answer for those after it', async () => {
  const looks = new SharedLooks();
  const { begun, look } = numbered();
  const first = looks.find('uv', look);
  await turn();
  const second = looks.find('uv', look);
  begun[0]?.fail(new Error('full'));
  await expect(first).rejects.toThrow('full');
  await turn();
  begun[1]?.end();
  expect(await second).toBe(2);
});

test('of a survey one look answers also those that ask later', async () => {
  const looks = new SharedLooks(true);
  const { begun, look } = numbered();
  const first = looks.find('uv', look);
  await turn();
  begun[0]?.end();
  await first;
  expect(await looks.find('uv', look)).toBe(1);
  void looks.find('npm', look);
  await turn();
  expect(begun).toHaveLength(2);
});

test('a look ends when the last of those who wait for it has gone, and not before', async () => {
  const looks = new SharedLooks(true);
  const { begun, look } = numbered();
  const [one, other] = [new AbortController(), new AbortController()];
  const asked = [one, other].map(async ({ signal }) => await looks.find('uv', look, signal));
  await turn();
  one.abort(new Error('gone'));
  await expect(asked[0]).rejects.toThrow('gone');
  expect(begun[0]?.signal.aborted).toBe(false);
  other.abort(new Error('gone, too'));
  await expect(asked[1]).rejects.toThrow('gone, too');
  expect(begun[0]?.signal.aborted).toBe(true);
});

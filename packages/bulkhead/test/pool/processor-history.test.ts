import { expect, test } from 'vitest';
import type { Vitals } from '../../src/launcher/running-instance.ts';
import { ProcessorHistory } from '../../src/pool/processor-history.ts';

const used = (processorTime: number): Vitals => ({ processorTime, memory: 1, isRunnable: false });

test('a span goes from the first look in it to the moment for which it is asked', () => {
  const history = new ProcessorHistory();
  for (const [at, processorTime] of [
    [0, 0],
    [1_000, 500],
    [2_000, 500],
  ] as const)
    history.look(at, used(processorTime));
  expect(history.spanSince(500, 3_000, used(1_400))).toEqual({ elapsed: 2_000, used: 900, computing: 0.5 });
});

test('a span that is too short, or in which there was no look, says nothing', () => {
  const history = new ProcessorHistory();
  expect(history.spanSince(0, 1_000, used(500))).toBeUndefined();
  history.look(1_000, used(0));
  expect(history.spanSince(1_000, 1_100, used(100))).toBeUndefined();
  history.forget();
  expect(history.spanSince(0, 3_000, used(1_000))).toBeUndefined();
});

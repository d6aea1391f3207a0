import { expect, test } from 'vitest';
import { pathOfHostCall } from '../../src/manager/host-call-path.ts';
import type { PluginSpec } from '../../src/registry/plugin-spec.ts';

const caller = { id: 'g', calls: { mayCall: ['h', 'a'] } } as unknown as PluginSpec;

test('a path may hold eight plugins', () => {
  const seven = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  expect(pathOfHostCall(caller, seven, 'h')).toEqual([...seven, 'h']);
});

test('a longer one is refused, and so is one that comes back', () => {
  const path = ['0', '1', '2', '3', '4', '5', '6', 'g'];
  expect(() => pathOfHostCall(caller, path, 'h')).toThrow('0 → 1 → 2 → 3 → 4 → 5 → 6 → g → h: it is more');
  expect(() => pathOfHostCall(caller, ['a', 'g'], 'a')).toThrow('a → g → a: a would wait for itself');
});

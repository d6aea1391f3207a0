import { expect, it } from 'vitest';
import { remembered } from '../../src/requirements/remembered.ts';

it('asks once for each text, also where the answer is nothing, and forgets all when there are too many', () => {
  const asked: string[] = [];
  const lengthOf = remembered((text) => {
    asked.push(text);
    return text === '' ? undefined : text.length;
  }, 2);
  expect(['', 'ab', '', 'ab'].map(lengthOf)).toEqual([undefined, 2, undefined, 2]);
  expect(asked).toEqual(['', 'ab']);
  expect(['abc', 'abc', 'ab'].map(lengthOf)).toEqual([3, 3, 2]);
  expect(asked).toEqual(['', 'ab', 'abc', 'ab']);
});

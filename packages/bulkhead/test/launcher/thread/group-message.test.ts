import { expect, test } from 'vitest';
import { readGroupMessage } from '../../../src/launcher/thread/group-message.ts';

const read = (message: unknown): unknown => readGroupMessage(message, (text) => text.replaceAll('secret', '***'));

test.each([
  [[76, 3, 'no secret'], { type: 'not-begun', number: 3, reason: 'no ***' }],
  [[77, 3, 7], { type: 'ended', number: 3, status: 7, limit: undefined }],
  [[77, 3, 1, 'memory'], { type: 'ended', number: 3, status: 1, limit: 'memory' }],
  [[77, 3, 1, 'patience'], { type: 'ended', number: 3, status: 1, limit: undefined }],
  [[79, 3, 'did\u001b[2J it'], { type: 'culprit', number: 3, deed: expect.not.stringContaining('\u001b') }],
])('%j is a message of a group', (message, expected) => {
  expect(read(message)).toEqual(expected);
});

test.each([
  [null],
  ['text'],
  [[]],
  [[77]],
  [[77, 3]],
  [[77, 3, 256]],
  [[77, 3, -1]],
  [[77, 3, 1.5]],
  [[77, -3, 0]],
  [[77, '3', 0]],
  [[76, 3, 7]],
  [[79, 3, null]],
  [[66, 0]],
  [[{}, 3, 0]],
])('%j is none', (message) => {
  expect(read(message)).toBeUndefined();
});

import { pino } from 'pino';
import { expect, test } from 'vitest';
import { levelOf } from '../../src/monitor/logger-level.ts';

test.each([
  ['trace', 'debug'],
  ['debug', 'debug'],
  ['info', 'info'],
  ['warn', 'warn'],
  ['error', 'error'],
  ['fatal', 'error'],
  ['silent', 'error'],
  ['notice', 'warn'],
  ['chatter', 'debug'],
  ['alarm', 'error'],
])('a logger at %s takes lines from %s on', (level, expected) => {
  const customLevels = { notice: 35, chatter: 15, alarm: 55 };
  expect(levelOf(pino({ level, customLevels }, { write: () => {} }))).toBe(expected);
});

test('a logger that does not tell, or fails to, takes all but lines for debugging', () => {
  expect(levelOf({})).toBe('info');
  expect(levelOf({ level: 'loud' })).toBe('info');
  const broken = {
    get level(): string {
      throw new Error('no');
    },
  };
  expect(levelOf(broken)).toBe('info');
});

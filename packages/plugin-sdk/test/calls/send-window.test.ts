import { STREAM_WINDOW_BYTES, STREAM_WINDOW_CHUNKS } from '@bulkhead/protocol';
import { describe, expect, test } from 'vitest';
import { SendWindow } from '../../src/calls/send-window.ts';

describe('the window of a stream', () => {
  test('is open for as many chunks as the protocol says, and again for each that was taken', () => {
    const window = new SendWindow();
    for (let chunk = 0; chunk < STREAM_WINDOW_CHUNKS; chunk += 1) {
      expect(window.isOpen).toBe(true);
      window.sent(1);
    }
    expect(window.isOpen).toBe(false);
    window.credit(1);
    expect(window.isOpen).toBe(true);
  });

  test('lets one chunk of any size be sent, and the next when it was taken', () => {
    const window = new SendWindow();
    window.sent(STREAM_WINDOW_BYTES);
    window.sent(1);
    expect(window.isOpen).toBe(false);
    window.credit(1);
    expect(window.isOpen).toBe(true);
  });

  test('opens for those that wait, also when no more is wanted', async () => {
    const window = new SendWindow();
    window.sent(STREAM_WINDOW_BYTES);
    const opened = window.opened();
    window.credit(1);
    await opened;
    window.sent(STREAM_WINDOW_BYTES);
    const ended = window.opened();
    window.credit(0);
    await ended;
    expect(window.isUnwanted).toBe(true);
  });
});

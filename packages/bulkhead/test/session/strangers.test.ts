import { Kind } from '@bulkhead/protocol';
import { expect, test } from 'vitest';
import type { Pair } from '../transport/pairs.ts';
import { createPair, openSession, overEachTransport } from './played-plugin.ts';

/** A frame around these bytes. */
function framed(payload: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(payload.length);
  return Buffer.concat([head, payload]);
}

const HTTP = Buffer.from('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n');
const announced = (bytes: number): Buffer => {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(bytes);
  return Buffer.concat([head, Buffer.from('and no more')]);
};

/** Whatever stands where a plugin should: who started it has to learn what came. */
const STRANGERS: readonly (readonly [string, string, (pair: Pair) => void])[] = [
  ['speaks HTTP', "can't be read", ({ peer }) => peer.sendRaw('data', HTTP)],
  ['sends text', 'a frame of 13 bytes', ({ peer }) => peer.sendRaw('data', framed(Buffer.from('hello, world\n')))],
  [
    'sends JSON',
    'a frame of 21 bytes',
    ({ peer }) => peer.sendRaw('data', framed(Buffer.from('{"status": "success"}'))),
  ],
  ['announces a frame of a gibibyte', "can't be read", ({ peer }) => peer.sendRaw('data', announced(1 << 30))],
  ['sends an empty frame', 'a frame of 0 bytes', ({ peer }) => peer.sendRaw('data', Buffer.alloc(4))],
  [
    'answers before it has greeted',
    'it sent a message of the kind 5 before its HELLO',
    ({ peer }) => peer.send([Kind.Result, 1, null]),
  ],
  [
    'closes after half a frame',
    'the plugin closed it',
    ({ peer }) => (peer.sendRaw('data', announced(100)), peer.close()),
  ],
  ['closes without a word', 'the plugin closed it', ({ peer }) => peer.close()],
];

overEachTransport(() => {
  test.each(STRANGERS)('a peer that %s is told as what it is', async (_, said, speak) => {
    const pair = await createPair();
    const opened = openSession(pair);
    opened.catch(() => {});
    speak(pair);
    await expect(opened).rejects.toMatchObject({
      code: said.endsWith('closed it') ? 'PLUGIN_DISCONNECTED' : 'PROTOCOL_VIOLATION',
      message: expect.stringContaining(said) as string,
    });
  });
});

import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { jsonLines } from '../../src/engine/json-lines.ts';
import { until } from '../until.ts';

test('values come as their lines are complete, also of characters that were cut, and of a last line without an end', async () => {
  const text = Buffer.from('{"stream":"größer"}\n\n{"stream":"b"}\nno JSON\n{"a":1}');
  const cut = text.indexOf('ö') + 1;
  async function* pieces(): AsyncGenerator<Buffer> {
    yield text.subarray(0, cut);
    yield text.subarray(cut);
  }
  expect(await valuesOf(pieces())).toEqual([{ stream: 'größer' }, { stream: 'b' }, { a: 1 }]);
});

test('a line without an end is no reason to keep it', async () => {
  async function* endless(): AsyncGenerator<Buffer> {
    for (;;) yield Buffer.alloc(64 * 1024, 'x');
  }
  await expect(valuesOf(endless())).rejects.toThrow('longer than 1 MiB');
});

test('an engine may go away after the value with which its reader has stopped', async () => {
  let response: ServerResponse | undefined;
  const server = createServer((_, answer) => (response = answer).write('{"error":"no room"}\n')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const [answer] = (await once(get({ port: (server.address() as AddressInfo).port }), 'response')) as [IncomingMessage];
  for await (const value of jsonLines(answer)) {
    expect(value).toEqual({ error: 'no room' });
    break;
  }
  response?.destroy();
  server.close();
  await once(server, 'close');
  await until(() => answer.destroyed, 'the end of the answer'); // nobody has failed over it
});

async function valuesOf(stream: AsyncIterable<Buffer>): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const value of jsonLines(stream)) values.push(value);
  return values;
}

import { once } from 'node:events';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { fixture, observed } from '../test-home.ts';
import { until } from '../until.ts';

let manager: PluginManager;

beforeEach(async () => {
  manager = await PluginManager.open(fixture('javascript.yaml'), observed().options);
});

afterEach(async () => {
  await manager.close();
});

interface Target {
  readonly webSocketDebuggerUrl: string;
}

/** What the inspector says can be debugged, as Chrome asks for it. */
async function targetsAt(port: number): Promise<readonly Target[]> {
  const answer = await fetch(`http://127.0.0.1:${port}/json/list`);
  return (await answer.json()) as Target[];
}

/** A debugger without a library: one message at a time, each short. */
class Debugger {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  static async attach({ webSocketDebuggerUrl }: Target): Promise<Debugger> {
    const asking = request(webSocketDebuggerUrl.replace('ws:', 'http:'), {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': Buffer.alloc(16, 'k').toString('base64'),
      },
    });
    asking.end();
    const [, socket] = (await once(asking, 'upgrade')) as [unknown, Socket];
    return new Debugger(socket);
  }

  async evaluate(expression: string): Promise<unknown> {
    const text = Buffer.from(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression } }));
    expect(text.length).toBeLessThan(126);
    // a client masks what it sends, here with zeros
    this.#socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]));
    const [frame] = (await once(this.#socket, 'data')) as [Buffer];
    const start = frame[1] === 126 ? 4 : 2;
    const { result } = JSON.parse(frame.subarray(start).toString()) as { result: { result: { value: unknown } } };
    return result.result.value;
  }

  leave(): void {
    this.#socket.destroy();
  }
}

test('a debugger attaches to a plugin of Node, and the host hears when it comes and goes', async () => {
  const changes: boolean[] = [];
  const [target] = await manager.debug('js', { onChange: (_, attached) => void changes.push(attached) });
  expect(target).toMatchObject({ language: 'node', host: '127.0.0.1', generation: 1 });
  const port = target?.port as number;
  const [inspected] = await targetsAt(port);
  expect(new URL(inspected?.webSocketDebuggerUrl as string).port).toBe(String(port));
  expect(changes).toEqual([]);
  const client = await Debugger.attach(inspected as Target);
  await until(() => changes.length === 1, 'the debugger');
  expect(await client.evaluate('process.pid')).toBe(manager.plugins()[0]?.instances[0]?.pid);
  client.leave();
  await until(() => changes.length === 2, 'its end');
  expect(changes).toEqual([true, false]);
  const [again] = await manager.debug('js');
  expect(again?.port).toBe(port);
});

test('a port that is taken is told', async () => {
  const [target] = await manager.debug('js');
  await expect(manager.debug('other', { port: target?.port as number })).rejects.toMatchObject({
    code: 'DEBUG_FAILED',
    message: expect.stringContaining('EADDRINUSE') as unknown,
  });
});

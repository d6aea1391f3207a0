import { once } from 'node:events';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { expect } from 'vitest';

export interface Target {
  readonly webSocketDebuggerUrl: string;
}

/** What the inspector says can be debugged, as Chrome asks for it. */
export async function targetsAt(port: number): Promise<readonly Target[]> {
  const answer = await fetch(`http://127.0.0.1:${port}/json/list`);
  return (await answer.json()) as Target[];
}

/** A debugger without a library: one message at a time, each short. */
export class Debugger {
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

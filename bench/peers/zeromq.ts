import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchFile } from '../floor-process.ts';
import { Fifo } from './fifo.ts';
import { load } from './load.ts';
import type { Peer, Tools } from './worker.ts';

interface Socket extends AsyncIterable<Buffer[]> {
  bind(address: string): Promise<void>;
  send(message: Uint8Array): Promise<void>;
  close(): void;
}
interface Module {
  readonly Pair: new () => Socket;
}

export const zeromq = (tools: Tools): Peer => ({
  what: 'zeromq.js and pyzmq, a PAIR over a Unix socket (`ipc://`); structured: JSON',
  large: true,
  async start() {
    const { Pair } = await load<Module>(tools, 'zeromq');
    const folder = await mkdtemp(join(tmpdir(), 'bulkhead-bench-zeromq-'));
    const address = `ipc://${join(folder, 'socket')}`;
    const socket = new Pair();
    await socket.bind(address);
    const child = spawn(tools.python, [benchFile('peers/programs/zeromq_echo.py'), address], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const answers = new Fifo<Uint8Array>();
    void (async () => {
      for await (const [message] of socket) answers.answer(message as Buffer);
    })();
    // one send at a time is what the library allows
    let sending = Promise.resolve();
    const binary = (data: Uint8Array): Promise<Uint8Array> => {
      const answer = answers.next();
      sending = sending.then(() => socket.send(data));
      return answer;
    };
    await binary(Buffer.from('first'));
    return {
      pid: child.pid ?? 0,
      binary,
      structured: async (value) =>
        JSON.parse(Buffer.from(await binary(Buffer.from(JSON.stringify(value)))).toString()) as unknown,
      close: async () => {
        socket.close();
        const exited = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
        child.kill('SIGKILL');
        await exited;
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
});

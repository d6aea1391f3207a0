import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { benchFile } from '../floor-process.ts';
import { Fifo } from './fifo.ts';
import { load } from './load.ts';
import type { Peer, Tools, Worker } from './worker.ts';

type Bytes = (bytes: Buffer) => Buffer;
interface Duplex {
  write(bytes: Uint8Array): void;
  end(): void;
  on(event: 'data' | 'error', listener: (value: never) => void): void;
}
interface Client {
  makeUnaryRequest(
    path: string,
    out: Bytes,
    back: Bytes,
    bytes: Uint8Array,
    done: (error: Error | null, answer: Buffer) => void,
  ): void;
  makeBidiStreamRequest(path: string, out: Bytes, back: Bytes): Duplex;
  close(): void;
}
interface Module {
  readonly Client: new (address: string, credentials: unknown, options: object) => Client;
  readonly credentials: { createInsecure(): unknown };
}
type Binary = Worker['binary'];

const UNLIMITED = { 'grpc.max_send_message_length': -1, 'grpc.max_receive_message_length': -1 };
const same: Bytes = (bytes) => bytes;

export const grpcUnary = (tools: Tools): Peer => ({
  what: '@grpc/grpc-js and grpcio over loopback TCP, one unary call each, bytes as they are; structured: JSON',
  large: true,
  start: () => start(tools, unary),
});

export const grpcStream = (tools: Tools): Peer => ({
  what: 'the same over one bidirectional stream',
  large: true,
  start: () => start(tools, stream),
});

async function start(tools: Tools, method: (client: Client) => { binary: Binary; end(): void }): Promise<Worker> {
  const { Client, credentials } = await load<Module>(tools, '@grpc/grpc-js');
  const child = spawn(tools.python, [benchFile('peers/programs/grpc_echo.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [port] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), UNLIMITED);
  const { binary, end } = method(client);
  await binary(Buffer.from('first'));
  return {
    pid: child.pid ?? 0,
    binary,
    structured: async (value) =>
      JSON.parse(Buffer.from(await binary(Buffer.from(JSON.stringify(value)))).toString()) as unknown,
    close: async () => {
      end();
      client.close();
      const exited = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function unary(client: Client): { binary: Binary; end(): void } {
  return {
    binary: (data) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest('/bench.Echo/Unary', same, same, data, (error, answer) =>
          error === null ? resolve(answer) : reject(error),
        );
      }),
    end: () => {},
  };
}

function stream(client: Client): { binary: Binary; end(): void } {
  const answers = new Fifo<Uint8Array>();
  const call = client.makeBidiStreamRequest('/bench.Echo/Stream', same, same);
  call.on('data', (answer: Buffer) => answers.answer(answer));
  call.on('error', (error: Error) => answers.fail(error));
  return {
    binary: (data) => {
      const answer = answers.next();
      call.write(data);
      return answer;
    },
    end: () => call.end(),
  };
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { type Channel, FrameDecoder, FrameEncoder } from '@bulkhead/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pythonSdkFolder } from '../../src/languages/python/sdk-folder.ts';
import { grpcClient, listens } from '../../src/transport/grpc-client.ts';
import { decodePieces, encodePiece } from '../../src/transport/grpc-pieces.ts';
import { anyPython } from '../any-python.ts';
import { pythonPackages } from '../python-packages.ts';
import { until } from '../until.ts';

// The SDK's server of gRPC as its protocol says it to be, in front of a client that takes nothing for granted.

const PLUGIN = `
import atexit
from plugin_sdk import PluginBase

class Plugin(PluginBase):
    def initialize(self, configuration):
        super().initialize(configuration)
        atexit.register(lambda: self.context.log.info("last words"))

    def execute(self, input_data):
        return input_data

if __name__ == "__main__":
    Plugin().start_server()
`;
const LIMITS = { frame: 1_000_000, body: 1_000_000 };
type Message = readonly unknown[];

let folder: string;
let client: grpc.Client;
let child: ChildProcess;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-grpc-'));
  await writeFile(join(folder, 'plugin.py'), PLUGIN);
  const { executable } = await anyPython();
  const path = [pythonSdkFolder(process.env), await pythonPackages(executable, 'grpcio', 'grpcio')].join(delimiter);
  child = spawn(executable, [join(folder, 'plugin.py')], {
    env: {
      ...process.env,
      PYTHONPATH: path,
      BULKHEAD_ENDPOINT: `grpc:${join(folder, 'plugin.sock')}`,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  await listens(join(folder, 'plugin.sock'), AbortSignal.timeout(30_000));
  client = grpcClient(grpc, `unix:${join(folder, 'plugin.sock')}`, grpc.credentials.createInsecure());
});

afterEach(async () => {
  client.close();
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await rm(folder, { recursive: true, force: true });
});

/** One channel, and what came on it. */
class Side {
  readonly heard: Message[] = [];
  readonly call: grpc.ClientDuplexStream<Buffer, Buffer>;
  readonly status: Promise<grpc.StatusObject>;

  constructor(channel: Channel) {
    const same = (bytes: Buffer): Buffer => bytes;
    const method = channel === 'data' ? 'Data' : 'Control';
    this.call = client.makeBidiStreamRequest(`/bulkhead.plugin.v1.Frames/${method}`, same, same);
    this.status = new Promise((resolve) => this.call.once('status', resolve)); // the error comes first
    this.call.on('error', () => undefined); // the status says it
    const decoder = new FrameDecoder({
      frame: (message) => void this.heard.push(message as Message),
      refused: (error) => {
        throw error;
      },
    });
    this.call.on('data', (bytes: Buffer) => decodePieces(bytes).forEach((piece) => decoder.push(piece)));
  }

  send(message: Message): void {
    const encoder = new FrameEncoder();
    encoder.append(message, Number.POSITIVE_INFINITY);
    this.call.write(encodePiece(encoder.take()));
  }

  async hears(kind: number): Promise<Message> {
    return await until(() => this.heard.find((message) => message[0] === kind), `a message of kind ${kind}`);
  }
}

async function greet(): Promise<Readonly<Record<Channel, Side>>> {
  const sides = { data: new Side('data'), control: new Side('control') };
  const [, , { features }] = (await sides.data.hears(1)) as [number, number, { features: string[] }];
  const welcome = { protocol: 1, features, limits: LIMITS, plugin: 'echo', generation: 1, configuration: {} };
  sides.data.send([2, 0, { ...welcome, concurrency: 1 }]);
  await sides.data.hears(3);
  return sides;
}

test('ends both calls behind all that was said, also by handlers of the end, and then with status 0', async () => {
  const { data, control } = await greet();
  data.send([4, 7, 'execute', 'text', null]);
  data.send([7, 0]);
  expect(await Promise.all([data.status, control.status])).toMatchObject([{ code: 0 }, { code: 0 }]);
  expect(data.heard.slice(-2)).toEqual([
    [5, 7, 'text'],
    [8, 0],
  ]);
  expect(control.heard.at(-1)).toMatchObject([35, 0, { message: 'last words' }]);
  if (child.exitCode === null) await once(child, 'exit');
  expect([child.exitCode, child.signalCode]).toEqual([0, null]);
});

test('takes a frame in several pieces, and several frames in one', async () => {
  const { data } = await greet();
  const encoder = new FrameEncoder();
  for (const id of [1, 2, 3]) encoder.append([4, id, 'execute', 'x'.repeat(300), null], Number.POSITIVE_INFINITY);
  const frames = Buffer.from(encoder.take());
  const cuts = [0, 1, 5, 200, 700, frames.length];
  const [first, ...others] = cuts.slice(1).map((end, index) => encodePiece(frames.subarray(cuts[index], end)));
  data.call.write(first as Buffer);
  data.call.write(Buffer.concat(others));
  await until(() => data.heard.filter(([kind]) => kind === 5).length === 3, 'the answers');
});

test('has one host: a second call of a stream is refused, and the first goes on', async () => {
  const { data, control } = await greet();
  for (const channel of ['data', 'control'] as const)
    expect(await new Side(channel).status).toMatchObject({ code: grpc.status.ALREADY_EXISTS });
  data.send([4, 1, 'execute', 'text', null]);
  expect(await data.hears(5)).toEqual([5, 1, 'text']);
  control.send([33, 9]);
  expect(await control.hears(34)).toEqual([34, 9]);
});

test('what is no Pieces ends the plugin', async () => {
  const { data } = await greet();
  data.call.write(Buffer.from([0x12, 0x01, 0x61]));
  await until(() => child.exitCode !== null || child.signalCode !== null, 'its end');
});

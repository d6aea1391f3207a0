import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, credentials } from '@grpc/grpc-js';
import { PluginManager } from 'bulkhead';
import { Dealer, Request } from 'zeromq';
import { type Call, CALLS, compare, pidOf, ROUNDS, TEXT } from './compare-calls.ts';
import type { Figure } from './figure.ts';
import { benchFile } from './floor-process.ts';

/** The longest wait for a floor to listen. */
const START_MILLISECONDS = 20_000;

/** Calls over other wires than sockets, each against the wire's own libraries with nothing else, or against sockets. */
export async function wires(home: string): Promise<readonly Figure[]> {
  await using manager = await PluginManager.open(benchFile('wires.yaml'), { home });
  const python = await pythonOf(manager, 'over_zeromq');
  return [
    await stdioCall(manager),
    await grpcCall(manager, await pythonOf(manager, 'over_grpc')),
    await zeromqCall(manager, python),
    await zeromqRep(manager, python),
  ];
}

async function pythonOf(manager: PluginManager, plugin: string): Promise<string> {
  const { prefix } = (await manager.preparePlugin(plugin)).runtime;
  if (prefix === undefined) throw new Error('the plugin has no environment');
  return join(prefix, 'bin', 'python');
}

async function stdioCall(manager: PluginManager): Promise<Figure> {
  await manager.startPlugin('over_sockets');
  const overSockets: Call = () => manager.executePlugin('over_sockets', TEXT);
  const measured = await compare('over_stdio', manager, pidOf(manager, 'over_sockets'), overSockets, 1.5);
  return {
    name: 'stdio_call_p50_ratio',
    ...measured,
    what: `a text of 64 characters there and back with \`transport: stdio\`, µs; floor: the same over sockets; ${ROUNDS} rounds of ${CALLS}`,
  };
}

async function grpcCall(manager: PluginManager, python: string): Promise<Figure> {
  await using floor = await Floor.start(python, 'floors/grpc_echo.py');
  const client = new Client(floor.address.replace('ipc://', 'unix:'), credentials.createInsecure());
  await promisify(client.waitForReady.bind(client))(Date.now() + START_MILLISECONDS);
  const same = (bytes: Buffer): Buffer => bytes;
  const stream = client.makeBidiStreamRequest('/bench.Echo/Say', same, same);
  stream.on('error', () => undefined); // it is ended by the end of its server
  const text = Buffer.from(TEXT);
  const bare = async (): Promise<void> => {
    stream.write(text);
    await once(stream, 'data');
  };
  const measured = await compare('over_grpc', manager, floor.pid, bare, 1.2);
  client.close();
  return {
    name: 'grpc_call_p50_ratio',
    ...measured,
    what: `a text of 64 characters there and back with \`transport: grpc\`, µs; floor: a stream of grpc-js and grpcio without a codec, whose server works in one thread; ${ROUNDS} rounds of ${CALLS}`,
  };
}

async function zeromqCall(manager: PluginManager, python: string): Promise<Figure> {
  await using floor = await Floor.start(python, 'floors/zeromq_echo.py');
  const socket = new Dealer({ linger: 0 });
  socket.connect(floor.address);
  const bare = async (): Promise<void> => {
    await socket.send(TEXT);
    await socket.receive();
  };
  const measured = await compare('over_zeromq', manager, floor.pid, bare);
  socket.close();
  return {
    name: 'zeromq_call_p50_ratio',
    ...measured,
    what: `a text of 64 characters there and back with \`transport: zeromq\`, µs; floor: zeromq.js (DEALER) and pyzmq (ROUTER) without a codec; ${ROUNDS} rounds of ${CALLS}`,
  };
}

async function zeromqRep(manager: PluginManager, python: string): Promise<Figure> {
  await using floor = await Floor.start(python, 'plugins/rep/plugin.py');
  const socket = new Request({ linger: 0 });
  socket.connect(floor.address);
  const bare = async (): Promise<unknown> => {
    await socket.send(JSON.stringify({ data: TEXT }));
    const [answer] = await socket.receive();
    return (JSON.parse(String(answer)) as { result: unknown }).result;
  };
  const measured = await compare('rep', manager, floor.pid, bare);
  socket.close();
  return {
    name: 'zeromq_rep_p50_ratio',
    ...measured,
    what: `the same with \`pattern: rep\` and JSON, µs; floor: zeromq.js (REQ) and the same loop; ${ROUNDS} rounds of ${CALLS}`,
  };
}

/** A script that binds the address that it is told, in its first argument and in BULKHEAD_ADDRESS. */
class Floor implements AsyncDisposable {
  readonly address: string;
  readonly #folder: string;
  readonly #child: ChildProcess;

  private constructor(folder: string, python: string, script: string) {
    this.#folder = folder;
    this.address = `ipc://${join(folder, 'floor')}`;
    this.#child = spawn(python, [benchFile(script), this.address], {
      env: { ...process.env, BULKHEAD_ADDRESS: this.address },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  }

  static async start(python: string, script: string): Promise<Floor> {
    return new Floor(await mkdtemp(join(tmpdir(), 'bulkhead-bench-')), python, script);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
    await rm(this.#folder, { recursive: true, force: true });
  }
}

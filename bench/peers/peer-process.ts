// One peer in a process of its own, so that none takes another's memory, or this program's life: node peer-process.js NAME TOOLS.
import { answerCommands } from '../answer-commands.ts';
import { seenWhenKilled } from './killed.ts';
import { STEPS } from './measure.ts';
import { PEERS } from './peers.ts';
import type { Tools, Worker } from './worker.ts';

const [name = '', tools = '{}'] = process.argv.slice(2);
const entry = PEERS[name];
if (entry === undefined || !('make' in entry)) throw new Error(`"${name}" is no peer that is driven from here`);
const peer = entry.make(JSON.parse(tools) as Tools);
const STARTS = 7;
let worker: Worker | undefined;

const COMMANDS: Readonly<Record<string, () => Promise<unknown>>> = {
  what: async () => peer.what,
  starts: async () => await measureStarts(peer.startsOnce === true ? 0 : STARTS),
  kill: async () => (worker === undefined ? undefined : await seenWhenKilled(worker)),
};

/** Milliseconds from nothing to the first answer. An earlier start loads modules; it counts only where a peer can start once. */
async function measureStarts(again: number): Promise<readonly number[]> {
  const first = await start();
  const durations: number[] = [];
  for (let count = 0; count < again; count += 1) {
    await worker?.close();
    durations.push(await start());
  }
  return again === 0 ? [first] : durations;
}

async function start(): Promise<number> {
  const began = performance.now();
  worker = await peer.start();
  await worker.binary(Buffer.from('first'));
  return performance.now() - began;
}

await answerCommands(async (command) => {
  const step = STEPS[command];
  return step === undefined || worker === undefined ? await COMMANDS[command]?.() : await step(peer, worker);
});
process.exit(0);

// node other-host.js HOME SEED [FOLDER NUMBER]: another host on the same home, which may be killed at any moment. Its callers
// check their answers. Prints its counts as one JSON document a line, and ends with its input.
import { PluginManager } from 'bulkhead';
import { Arena } from './arena.ts';
import { builtCheck } from './built-plugin.ts';
import { Random } from './random.ts';
import { REGISTRY } from './round.ts';
import { Tally } from './tally.ts';

const [home = '', seed = '', folder, number] = process.argv.slice(2);
const CALM = ['calm_1', 'calm_2'];
const random = new Random(Number(seed));
const tally = new Tally();
const over = new AbortController();
process.stdin.resume().once('end', () => over.abort());

const manager = await PluginManager.open(REGISTRY, { home });
const arena = new Arena(manager, { calm: CALM, prey: [] }, tally, over.signal);
const say = (): void => void process.stdout.write(`${JSON.stringify(tally.counts)}\n`);
const talker = setInterval(say, 20);
const callers = CALM.map((plugin) => arena.caller([plugin], random.fork()));
if (folder !== undefined) await arena.attempt(await manager.loadPlugin(folder), builtCheck(Number(number)));
await Promise.all(callers);
await manager.close();
clearInterval(talker);
say();

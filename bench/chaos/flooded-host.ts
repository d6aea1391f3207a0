// node flooded-host.js KIND HOME SECONDS: a host with the hostile plugin and a neighbour that is called all the while. Prints how long
// the neighbour's calls took, and how the call of the hostile plugin ended, as one JSON document.
import { readFileSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { isBulkheadError, PluginManager, type PluginManagerOptions, PluginStream } from 'bulkhead';
import { benchFile } from '../floor-process.ts';
import { FLOODS, type Flood } from './floods.ts';

const WARM_CALLS = 100;
/** Between two calls of the neighbour, so that it does not take the processor from all others. */
const PAUSE_MILLISECONDS = 1;
/** The host may still be busy when the call has ended. */
const AFTERMATH_MILLISECONDS = 500;
const MOST_TEXT = 300;
/** How many of the logged texts are checked. */
const MOST_TEXTS = 1000;

/** What the host prints at its end. */
export interface Flooded {
  /** Milliseconds that each call of the neighbour took. */
  readonly calls: readonly number[];
  /** The longest that the host's loop stood still, in milliseconds, closing included. */
  readonly stall: number;
  /** Milliseconds that closing the manager took. */
  readonly closing: number;
  readonly wrong: readonly string[];
  /** The most by which the host's memory grew, in bytes. */
  readonly growth: number;
  /** `answered`, or the code of the error. */
  readonly outcome: string;
  readonly message: string;
  readonly longestText: number;
  /** Texts that a terminal would obey. */
  readonly obeyed: readonly string[];
}

const [kind = '', home = '', seconds = ''] = process.argv.slice(2);
const flood = FLOODS[kind] as Flood;
const texts: string[] = [];
const logger = Object.fromEntries(
  ['trace', 'debug', 'info', 'warn', 'error', 'fatal'].map((level) => [level, takeTexts]),
) as unknown as NonNullable<PluginManagerOptions['logger']>;

const registry = join(dirname(home), `${kind}.yaml`);
await writeFile(registry, JSON.stringify({ plugins: plugins() }));
await using manager = await PluginManager.open(registry, { home, logger });
for (let call = 0; call < WARM_CALLS; call += 1) await manager.executePlugin('neighbour', call);

const before = memory('VmRSS');
writeFileSync('/proc/self/clear_refs', '5'); // the peak from here on
const stalls = monitorEventLoopDelay({ resolution: 5 });
stalls.enable();
const over = new AbortController();
const calls: number[] = [];
const wrong: string[] = [];
const neighbour = callNeighbour();
const { outcome, message } = await flooded();
await Promise.race([neighbour, delay(AFTERMATH_MILLISECONDS)]);
over.abort();
await neighbour;
const growth = Math.max(0, memory('VmHWM') - before);
const closing = performance.now();
await manager.close();
const result: Flooded = {
  calls,
  stall: stalls.max / 1e6,
  closing: performance.now() - closing,
  wrong,
  growth,
  outcome,
  message: message.slice(0, MOST_TEXT),
  longestText: Math.max(message.length, ...texts.map((text) => text.length)),
  obeyed: [message, ...texts].filter(isObeyed).map((text) => text.slice(0, MOST_TEXT)),
};
process.stdout.write(`${JSON.stringify(result)}\n`);

/** Short where the call is to end by it. Elsewhere it leaves a busy machine time to come to the end of the attack. */
function callLimit(): string {
  return flood.outcomes.includes('CALL_TIMEOUT') ? '5s' : '30s';
}

function plugins(): readonly object[] {
  return [
    { id: 'neighbour', path: benchFile('chaos/plugins/worker') },
    { id: 'other', path: benchFile('chaos/plugins/worker') },
    {
      id: 'flood',
      path: benchFile('chaos/plugins/flood'),
      env: { FLOOD: flood.attack ?? kind, FLOOD_SECONDS: seconds },
      may_call: ['other'],
      timeouts: { call: callLimit(), cancel_grace: '300ms', stop: '1s' },
      ...flood.entry,
    },
  ];
}

async function flooded(): Promise<{ outcome: string; message: string }> {
  const attempts = Array.from({ length: flood.calls ?? 1 }, () =>
    callFlood().then(
      () => ({ outcome: 'answered', message: '' }),
      (error: unknown) => ({
        outcome: isBulkheadError(error) ? error.code : 'no error of ours',
        message: error instanceof Error ? error.message : String(error),
      }),
    ),
  );
  const outcomes = await Promise.all(attempts);
  return outcomes[0] as (typeof outcomes)[number];
}

/** Makes one call, and reads its answer to the end if it is a stream. */
async function callFlood(): Promise<void> {
  const answer = await manager.executePlugin('flood', flood.input?.() ?? null);
  if (!(answer instanceof PluginStream)) return;
  while ((await answer.next()).done !== true);
}

async function callNeighbour(): Promise<void> {
  for (let number = 0; !over.signal.aborted; number += 1) {
    const due = performance.now() + PAUSE_MILLISECONDS;
    await delay(PAUSE_MILLISECONDS);
    const right = await manager.executePlugin('neighbour', { number }).then(
      (answer) => isDeepStrictEqual(answer, { number }),
      (error: unknown) => void wrong.push(String(error)),
    );
    calls.push(performance.now() - due); // a host that comes late to begin it makes it wait as well
    if (right === false) wrong.push(`a wrong answer to call ${number}`);
  }
}

/** A field of this process's proc_pid_status(5), in bytes. */
function memory(field: string): number {
  const status = readFileSync('/proc/self/status', 'latin1');
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024;
}

/** Keeps the message of a log record. Its fields are data, which the logger writes as JSON. */
function takeTexts(_fields: object, message: string): void {
  if (texts.length < MOST_TEXTS) texts.push(message);
}

/** Whether a terminal obeys some of it: control characters of seven and eight bits, changes of direction, and carriage returns. */
function isObeyed(text: string): boolean {
  // oxlint-disable-next-line no-control-regex
  return /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(text);
}

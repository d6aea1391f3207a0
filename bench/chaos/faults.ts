import type { ErrorCode } from 'bulkhead';
import type { Arena } from './arena.ts';
import type { Cause } from './causes.ts';
import type { Check } from './check.ts';
import type { Random } from './random.ts';
import { reload } from './reload.ts';
import { interrupt, interruptTemplate, killOne, killTemplate } from './signals.ts';

/** Injects one fault and resolves when it is over; with false if there was no victim. */
export type Fault = (arena: Arena, random: Random) => Promise<boolean | void> | boolean | void;

/** Faults that can be injected at any time, by kind. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  killed: killOne,
  stopped: interrupt,
  'template killed': killTemplate,
  'template stopped': interruptTemplate,
  'exited by itself': (arena, random) => prey(arena, random, dies('leave', { status: random.integer(0, 3) }), 'death'),
  'faulted by itself': (arena, random) => prey(arena, random, dies('fault', {}), 'death'),
  'deaf to cancel': (arena, random) =>
    prey(
      arena,
      random,
      { ...call('deaf', { seconds: 1.5 }, 1.5), abortAfter: random.integer(1, 300), mayFailWith: CANCELLED },
      'cancel',
    ),
  raised: (arena, random) => prey(arena, random, raises(`token ${random.integer(0, 1e9)}`)),
  'memory exhausted': (arena, random) => exhaust(arena, random.fraction() < 0.3),
  flooded: (arena, random) => flood(arena, random),
  'left a child': (arena, random) => prey(arena, random, call('leave_child', { seconds: 300 }, 300)),
  aborted: (arena, random) =>
    anyone(arena, random, {
      ...call('nap', { seconds: 1 }, 1),
      abortAfter: random.integer(0, 400),
      mayFailWith: CANCELLED,
    }),
  'timed out': (arena, random) =>
    anyone(arena, random, {
      ...call('nap', { seconds: 1 }, 1),
      timeout: random.integer(1, 400),
      mayFailWith: ['CALL_TIMEOUT'],
    }),
  reloaded: (arena, random) => reload(arena, random.pick([...arena.cast.prey, ...arena.cast.calm])),
  'host blocked': (_, random) => block(random.integer(50, 500)),
};

const CANCELLED: readonly ErrorCode[] = ['CALL_CANCELLED'];

function call(action: string, input: Record<string, unknown>, right: unknown): Check {
  return { action, input, isRight: (answer) => answer === right };
}

function dies(action: string, input: Record<string, unknown>): Check {
  return { action, input, isRight: () => false };
}

function raises(token: string): Check {
  return { ...dies('fail', { token }), mayFailWith: ['PLUGIN_RAISED'] };
}

async function prey(arena: Arena, random: Random, check: Check, cause?: Cause): Promise<void> {
  await trouble(arena, random.pick(arena.cast.prey), check, cause);
}

async function trouble(arena: Arena, plugin: string, check: Check, cause?: Cause): Promise<void> {
  const isOver = cause === undefined ? undefined : arena.causes.begin(cause, plugin);
  await arena.attempt(plugin, check);
  isOver?.();
}

/** A cancelled call must not cost an instance its life: calm_1 gets its share. */
async function anyone(arena: Arena, random: Random, check: Check): Promise<void> {
  const plugin = random.pick([...arena.cast.prey, 'calm_1']);
  await trouble(arena, plugin, check, plugin === 'calm_1' ? undefined : 'cancel');
}

/** Native code that runs out of memory may end the process. */
async function exhaust(arena: Arena, keep: boolean): Promise<void> {
  await trouble(arena, 'glutton', { ...dies('exhaust', { keep }), mayFailWith: ['PLUGIN_RAISED'] }, 'death');
}

async function flood(arena: Arena, random: Random): Promise<void> {
  const lines = random.pick([20_000, 2_000, 20]);
  const width = 1_000_000 / lines;
  await arena.attempt(random.pick([...arena.cast.prey, 'calm_2']), call('flood', { lines, width }, lines * width));
}

/** Blocks the host's loop, so that sockets fill and timers come late. */
function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

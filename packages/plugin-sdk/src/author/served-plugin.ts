import type { ActionDescription, HookDescription } from '@bulkhead/protocol';
import { Action, type ActionOptions, type CacheSettings } from './action.ts';
import { checked } from './check-value.ts';
import type { Context } from './context.ts';
import { Miswritten } from './errors.ts';
import { mistakesInExamples } from './examples.ts';
import { Hook, type HookHandler, type HookOptions } from './hook.ts';
import type { PluginDefinition } from './plugin.ts';
import { isSchema, type JsonSchema, printedSchema, type Schema } from './schema.ts';

/** An action as calls run it. */
export interface ServedAction {
  readonly description: ActionDescription;
  /** Keys of the input that are streams, with the schema of their chunks. */
  readonly streams: Readonly<Record<string, Schema | true>>;
  /** Checks the input, and runs it. */
  readonly run: (input: unknown, context: Context) => unknown;
}

export interface ServedHook {
  readonly description: HookDescription;
  readonly isTransform: boolean;
  readonly run: (data: unknown, context: Context) => unknown;
}

export interface ServedPlugin {
  readonly definition: PluginDefinition;
  readonly actions: ReadonlyMap<string, ServedAction>;
  readonly hooks: readonly ServedHook[];
}

const LARGEST = Number.MAX_SAFE_INTEGER;
const MODES = ['transform', 'audit', 'notify'];
const POLICIES = ['fail', 'skip', 'disable'];

/** @throws Miswritten with all that is wrong with it */
export function servedPlugin(definition: PluginDefinition, file: string): ServedPlugin {
  const mistakes: string[] = [];
  const actions = new Map<string, ServedAction>();
  for (const [name, written] of Object.entries(definition.actions ?? {})) {
    const made = written instanceof Action ? written : new Action({}, written);
    mistakes.push(...mistakesOf(name, made));
    if (mistakes.length === 0) actions.set(name, servedAction(made));
  }
  const hooks = Object.entries(definition.hooks ?? {}).flatMap(([event, written]) => {
    const all = (Array.isArray(written) ? written : [written]) as readonly (Hook | HookHandler<never>)[];
    return all.map((each) => servedHook(event, each instanceof Hook ? each : new Hook({}, each), mistakes));
  });
  const names = hooks.map(({ description }) => `${description.event} ${description.name}`);
  for (const { description } of hooks.filter((_, index) => names.indexOf(names[index] ?? '') !== index))
    mistakes.push(`two hooks of ${description.event} are called ${description.name}: give each a \`name\``);
  if (mistakes.length === 0 && actions.size === 0 && hooks.length === 0)
    mistakes.push('it has neither an action nor a hook; write `actions: { execute: (input) => … }`');
  if (mistakes.length > 0) throw new Miswritten(mistakes, file);
  return { definition, actions, hooks };
}

function mistakesOf(name: string, { handler, options }: Action): string[] {
  const what = `the action ${JSON.stringify(name)}`;
  const found: string[] = [];
  if (name.startsWith('@')) found.push(`${what}: names that begin with @ are Bulkhead's own`);
  if (typeof handler !== 'function') found.push(`${what} is no function`);
  for (const side of ['input', 'output'] as const)
    if (options[side] !== undefined && !isSchema(options[side]))
      found.push(`${what}: its ${side} is no schema that follows Standard Schema`);
  for (const [key, schema] of Object.entries(options.streams ?? {}))
    if (schema !== true && !isSchema(schema)) found.push(`${what}: the stream ${key} takes a schema, or true`);
  const cache = options.cache ?? false;
  if (typeof cache !== 'boolean')
    for (const [key, value] of Object.entries(cache as Readonly<Record<string, unknown>>))
      if (!isCacheSetting(key, value)) found.push(`${what}: cache takes no ${key} of ${String(value)}`);
  found.push(...mistakesInExamples(options.examples ?? []).map((mistake) => `${what}: ${mistake}`));
  return found;
}

function isCacheSetting(key: string, value: unknown): boolean {
  if (value === undefined) return true;
  if (typeof value !== 'number' || !(value > 0 && value <= LARGEST)) return false;
  return key === 'ttl' || ((key === 'maxEntries' || key === 'maxBytes') && Number.isInteger(value));
}

function servedAction({ handler, options }: Action): ServedAction {
  const { input, streams = {} } = options;
  const run = handler as (input: unknown, context: Context) => unknown;
  return {
    description: describe(options, handler),
    streams,
    run:
      input === undefined
        ? (value, context) => run(value, context)
        : (value, context) => afterCheck(input, streams, value, (taken) => run(taken, context)),
  };
}

/** The streams of an input are no business of its schema. */
function afterCheck(
  schema: Schema,
  streams: ServedAction['streams'],
  value: unknown,
  run: (taken: unknown) => unknown,
): unknown {
  const keys = Object.keys(streams);
  if (keys.length === 0 || typeof value !== 'object' || value === null) return after(checked(schema, value), run);
  const rest = Object.entries(value).filter(([key]) => !keys.includes(key));
  const taken = Object.fromEntries(keys.map((key) => [key, (value as Record<string, unknown>)[key]]));
  return after(checked(schema, Object.fromEntries(rest)), (made) => run({ ...(made as object), ...taken }));
}

/** At once, unless it takes time. */
function after(value: unknown, use: (value: unknown) => unknown): unknown {
  return value instanceof Promise ? value.then((later: unknown) => use(later)) : use(value);
}

function describe(options: ActionOptions, handler: unknown): ActionDescription {
  const { description, output, jsonSchema = {}, idempotent, cache = false, examples = [] } = options;
  const answer = jsonSchema.output ?? printedSchema(output, 'output');
  const taken = inputSchema(options);
  return {
    ...(description === undefined ? {} : { description }),
    ...(taken === undefined ? {} : { input: taken }),
    ...(answer === undefined ? {} : { output: answer }),
    ...(isGenerator(handler) ? { stream: true } : {}),
    ...(idempotent === true ? { idempotent } : {}),
    ...(cache === false ? {} : { cache: cacheDescription(cache) }),
    ...(examples.length === 0 ? {} : { examples }),
  };
}

function inputSchema({ input, streams = {}, jsonSchema = {} }: ActionOptions): JsonSchema | undefined {
  const written = jsonSchema.input ?? printedSchema(input, 'input');
  const streamed = Object.entries(streams).map(([key, schema]) => {
    const items = schema === true ? undefined : printedSchema(schema, 'input');
    return [key, { ...STREAM, ...(items === undefined ? {} : { items }) }] as const;
  });
  if (streamed.length === 0) return written;
  const base: JsonSchema = written ?? { type: 'object' };
  const { properties = {}, required = [] } = base as { properties?: object; required?: readonly string[] };
  return {
    ...base,
    properties: { ...properties, ...Object.fromEntries(streamed) },
    required: [...required, ...streamed.map(([key]) => key)],
  };
}

const STREAM = { type: 'array', format: 'stream', description: 'a stream or an array' };

function cacheDescription(cache: true | CacheSettings): NonNullable<ActionDescription['cache']> {
  if (cache === true) return {};
  const { ttl, maxEntries, maxBytes } = cache;
  return {
    ...(ttl === undefined ? {} : { ttl }),
    ...(maxEntries === undefined ? {} : { max_entries: maxEntries }),
    ...(maxBytes === undefined ? {} : { max_bytes: maxBytes }),
  };
}

function isGenerator(handler: unknown): boolean {
  const kind = Object.prototype.toString.call(handler);
  return kind === '[object AsyncGeneratorFunction]' || kind === '[object GeneratorFunction]';
}

function servedHook(event: string, { options, handler }: Hook, mistakes: string[]): ServedHook {
  const { name = event, priority = 50, mode = 'transform', before, after, timeout, onError = 'fail' } = options;
  const what = `the hook of ${JSON.stringify(event)}`;
  if (typeof handler !== 'function') mistakes.push(`${what} is no function`);
  if (!Number.isFinite(priority)) mistakes.push(`${what}: priority is a number, not ${String(priority)}`);
  if (!MODES.includes(mode)) mistakes.push(`${what}: mode is ${MODES.join(', ')}, not ${String(mode)}`);
  if (!POLICIES.includes(onError)) mistakes.push(`${what}: onError is ${POLICIES.join(', ')}, not ${String(onError)}`);
  if (timeout !== undefined && !(timeout > 0 && timeout < 2 ** 31))
    mistakes.push(`${what}: timeout is a number of milliseconds above 0, not ${String(timeout)}`);
  return {
    description: {
      event,
      name,
      priority,
      mode,
      before: namesOf(before),
      after: namesOf(after),
      timeout: timeout ?? null,
      on_error: onError,
    },
    isTransform: mode === 'transform',
    run: handler as ServedHook['run'],
  };
}

function namesOf(names: HookOptions['before']): readonly string[] {
  return typeof names === 'string' ? [names] : (names ?? []);
}

import {
  type ActionDescription,
  type ExampleDescription,
  FEATURES,
  type HelloPayload,
  type HookDescription,
  PROTOCOL_RANGE,
  type ReadyPayload,
  type WelcomePayload,
} from '@bulkhead/protocol';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import { isRecord } from '../lifecycle/is-record.ts';
import { isName } from './is-name.ts';

/** Actions, or hooks, of one plugin: each is looked at when a name is sought. */
const MOST_DESCRIBED = 10_000;
/** Of one action. */
const MOST_EXAMPLES = 1_000;

/** What the host tells a plugin of itself when it greets it. */
export interface SessionIdentity {
  readonly plugin: string;
  readonly generation: number;
  readonly configuration: Readonly<Record<string, unknown>>;
  /** Calls that it may run at the same time. */
  readonly concurrency: number;
  readonly limits: { readonly frame: number; readonly body: number; readonly values: number };
}

/** What the host requires of an instance before it sends it a call. */
export interface Requirement {
  /** Whether it has to have closed the gates of its sandbox. */
  readonly confined: boolean;
  /** Whether name spaces have to be among them. */
  readonly isolated: boolean;
}

/** An SDK of another version may not know of sandboxes. @throws BulkheadError `SANDBOX_UNAVAILABLE` */
export function requireSandbox(
  { sdk, sandbox }: HelloPayload,
  plugin: string,
  { confined, isolated }: Requirement,
): void {
  const isConfined = sandbox?.landlock !== undefined && sandbox.seccomp === true;
  const isIsolated = sandbox?.namespaces === true;
  if (!confined || (isConfined && (isIsolated || !isolated))) return;
  const reason = `${sdk.name} ${sdk.version} did not say that its gates are closed`;
  throw new BulkheadError('SANDBOX_UNAVAILABLE', { plugin, reason });
}

/**
 * Answers HELLO: the highest common version, and the features that both sides name.
 *
 * @throws BulkheadError `PROTOCOL_MISMATCH`
 */
export function welcome(hello: HelloPayload, identity: SessionIdentity): WelcomePayload {
  const [lowest, highest] = PROTOCOL_RANGE;
  const version = Math.min(highest, hello.protocol[1]);
  if (version < Math.max(lowest, hello.protocol[0])) {
    const reason = `the host speaks ${lowest} to ${highest}, the plugin (${hello.sdk.name} ${hello.sdk.version}) ${hello.protocol.join(' to ')}`;
    throw new BulkheadError('PROTOCOL_MISMATCH', { plugin: identity.plugin, reason });
  }
  const features = FEATURES.filter((feature) => hello.features.includes(feature));
  return {
    protocol: version,
    features,
    plugin: identity.plugin,
    generation: identity.generation,
    configuration: identity.configuration,
    concurrency: features.includes('concurrency') ? identity.concurrency : 1,
    limits: identity.limits,
  };
}

/** A plugin's words are not trusted: each reader answers undefined for what is not of the right shape. */
export function readHello(value: unknown): HelloPayload | undefined {
  if (!isRecord(value)) return undefined;
  const { protocol, features, sdk, language, pid, environment, sandbox } = value;
  if (!Array.isArray(protocol) || !Number.isInteger(protocol[0]) || !Number.isInteger(protocol[1])) return undefined;
  if (!isTextList(features) || !isNamedVersion(sdk) || !isNamedVersion(language)) return undefined;
  if (!['string', 'undefined'].includes(typeof (sdk as { codec?: unknown }).codec)) return undefined;
  if (!['number', 'undefined'].includes(typeof pid) || typeof environment !== 'string') return undefined;
  if (sandbox !== undefined && !isRecord(sandbox)) return undefined;
  return value as unknown as HelloPayload;
}

export function readReady(value: unknown): ReadyPayload | undefined {
  if (!isRecord(value) || !isRecord(value['metadata']) || !isRecord(value['actions'])) return undefined;
  const names = Object.keys(value['actions']);
  if (names.length > MOST_DESCRIBED || !names.every(isName)) return undefined;
  if (!Object.values(value['actions']).every(isAction)) return undefined;
  const hooks = value['hooks'] ?? [];
  if (!Array.isArray(hooks) || hooks.length > MOST_DESCRIBED || !hooks.every(isHook)) return undefined;
  return value as unknown as ReadyPayload;
}

function isAction(value: unknown): value is ActionDescription {
  if (!isRecord(value)) return false;
  const { description = '', input = {}, output = {}, stream = false, idempotent = false, cache, examples = [] } = value;
  if (typeof description !== 'string' || !isRecord(input) || !isRecord(output)) return false;
  if (!Array.isArray(examples) || examples.length > MOST_EXAMPLES || !examples.every(isExample)) return false;
  return typeof stream === 'boolean' && typeof idempotent === 'boolean' && isCache(cache);
}

function isExample(value: unknown): value is ExampleDescription {
  return isRecord(value) && 'input' in value;
}

function isCache(value: unknown): boolean {
  if (value === undefined) return true;
  if (!isRecord(value)) return false;
  const { ttl = 1, max_entries = 1, max_bytes = 1 } = value;
  if (typeof ttl !== 'number' || !Number.isFinite(ttl) || ttl <= 0) return false;
  return [max_entries, max_bytes].every((count) => Number.isSafeInteger(count) && (count as number) > 0);
}

function isHook(value: unknown): value is HookDescription {
  if (!isRecord(value)) return false;
  const { event, name, priority, mode, before, after, timeout, on_error: onError } = value;
  const isOneOf = (given: unknown, known: readonly string[]): boolean => (known as readonly unknown[]).includes(given);
  if (!isName(event) || event === '' || !isName(name) || name === '') return false;
  if (!Number.isFinite(priority ?? 0) || !isTextList(before ?? []) || !isTextList(after ?? [])) return false;
  if (!isOneOf(mode ?? 'transform', ['transform', 'audit', 'notify'])) return false;
  if (!isOneOf(onError ?? 'fail', ['fail', 'skip', 'disable'])) return false;
  return (timeout ?? null) === null || (typeof timeout === 'number' && timeout > 0 && timeout <= 2 ** 31 - 1);
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

function isNamedVersion(value: unknown): value is { readonly name: string; readonly version: string } {
  return isRecord(value) && isName(value['name']) && isName(value['version']);
}

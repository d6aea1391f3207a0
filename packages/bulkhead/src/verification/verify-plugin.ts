import { BulkheadError } from '../errors/bulkhead-error.ts';
import { checkOptions } from '../errors/check-options.ts';
import { guardedMethods } from '../lifecycle/guarded.ts';
import { nearestName } from '../lifecycle/nearest-name.ts';
import { loadPluginFolder, readRegistry } from '../manager/loaded-later.ts';
import type { PortableRegistry } from '../registry/portable-registry.ts';
import type { MadeInputs } from './inputs/call-plan.ts';
import { type Tier, type TransportName, type Variant, variantsOf } from './variants.ts';
import { type VerifiedCheck, type Verification, type VerifiedAction, worstOf } from './verification.ts';
import type { HostLogger } from '../monitor/host-logger.ts';

/** The plugin to be verified: one of a registry, or the folder of one that is in none. */
export type VerifiedTarget =
  | { readonly registry: string; readonly id: string; readonly folder?: undefined }
  | { readonly folder: string; readonly registry?: undefined };

/** Of `verifyPlugin`. */
export interface VerifyOptions {
  /** Tiers to run it in; that of its declaration unless given. With `transports` each is combined with each. */
  readonly tiers?: readonly Tier[];
  readonly transports?: readonly TransportName[];
  /** Names of the actions to call; all unless given. */
  readonly actions?: readonly string[];
  /**
   * Which actions are called with inputs made from their schemas, beside those with examples: `pure` unless given, which are those that
   * are declared so. `all` may do harm: nobody knows what an action does with made-up input.
   */
  readonly made?: MadeInputs;
  /** Names of the checks to run, such as `memory`; all unless given. */
  readonly checks?: readonly string[];
  /** Calls over which its memory is watched; 10,000 unless given. */
  readonly calls?: number;
  /** Milliseconds for these; a minute unless given. */
  readonly callsTime?: number;
  /** As that of a manager. */
  readonly home?: string;
  readonly logger?: HostLogger;
  /** Ends it. */
  readonly signal?: AbortSignal;
  readonly listener?: VerificationListener;
}

/** Hears how far a verification has come. */
export interface VerificationListener {
  /** All that follows is about this variant. */
  began?(plugin: string, variant: Variant): void;
  /** It can't be run so, and nothing is checked. */
  refused?(reason: string): void;
  /** What of it is called, and what not: nothing has been called yet. */
  planned?(actions: readonly VerifiedAction[]): void;
  progress?(check: string, message: string): void;
  ended?(result: VerifiedCheck): void;
}

const OPTIONS: Readonly<Record<keyof VerifyOptions, true>> = {
  tiers: true,
  transports: true,
  actions: true,
  made: true,
  checks: true,
  calls: true,
  callsTime: true,
  home: true,
  logger: true,
  signal: true,
  listener: true,
};

const EVENTS: Readonly<Record<keyof VerificationListener, true>> = {
  began: true,
  refused: true,
  planned: true,
  progress: true,
  ended: true,
};

const USUAL_CALLS = 10_000;
const USUAL_CALLS_MILLISECONDS = 60_000;

/**
 * Checks from outside whether a plugin behaves: starts, answers as its schemas say, can be cancelled, keeps its memory, survives a crash,
 * cleans up … It calls the plugin's actions, and ends its processes; other hosts that run it notice nothing.
 *
 * @throws BulkheadError of what is wrong with the declaration; `PLUGIN_UNKNOWN`, `ACTION_UNKNOWN`, `ARGUMENT_INVALID`; the signal's reason
 */
export async function verifyPlugin(target: VerifiedTarget, options: VerifyOptions = {}): Promise<Verification> {
  checkOptions(options, OPTIONS, 'verifyPlugin');
  const { tiers = [], transports = [], actions = [], made = 'pure', checks = [] } = options;
  const { signal = new AbortController().signal, calls = USUAL_CALLS, callsTime = USUAL_CALLS_MILLISECONDS } = options;
  // An application that verifies nothing need not load what this takes.
  const [{ CHECK_NAMES }, { verifyVariant }] = await Promise.all([
    import('./checks/all.ts'),
    import('./verify-variant.ts'),
  ]);
  checkNames(checks, CHECK_NAMES);
  const listener = guardedMethods<Required<VerificationListener>>(
    options.listener ?? {},
    EVENTS,
    'listener of verifyPlugin',
  );
  const { registry, id, version, folder } = await declared(target);
  const began = performance.now();
  const parts = {
    registry,
    id,
    plan: { made, actions },
    only: checks,
    memory: { calls, time: callsTime },
    home: options.home,
    logger: options.logger,
    signal,
    listener,
  };
  const variants = [];
  for (const variant of variantsOf(tiers, transports)) {
    listener.began(id, variant);
    const verified = await verifyVariant(variant, parts);
    if (verified.reason !== undefined) listener.refused(verified.reason);
    variants.push(verified);
  }
  const verdict = worstOf(variants.map((variant) => variant.verdict));
  return { plugin: id, version, folder, verdict, variants, duration: performance.now() - began };
}

function checkNames(names: readonly string[], known: readonly string[]): void {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const reason = `there is no check "${unknown}"; there are ${known.join(', ')}`;
  throw new BulkheadError('ARGUMENT_INVALID', { argument: 'checks', reason });
}

interface DeclaredTarget {
  readonly registry: PortableRegistry;
  readonly id: string;
  readonly version: string | undefined;
  readonly folder: string;
}

async function declared(target: VerifiedTarget): Promise<DeclaredTarget> {
  if (target.folder !== undefined) {
    const { id, version, folder } = await loadPluginFolder(target.folder);
    return { registry: { plugins: [{ id, path: folder }] }, id, version, folder };
  }
  const { readPortable } = await import('../registry/portable-registry.ts');
  const [registry, { plugins }] = await Promise.all([readPortable(target.registry), readRegistry(target.registry)]);
  const found = plugins.find(({ id }) => id === target.id);
  if (found !== undefined) return { registry, id: target.id, version: found.spec?.version, folder: found.folder };
  const known = plugins.map(({ id }) => id);
  const nearest = nearestName(target.id, known);
  throw new BulkheadError('PLUGIN_UNKNOWN', { plugin: target.id, nearest, known });
}

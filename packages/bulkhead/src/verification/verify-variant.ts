import { addAbortListener } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BulkheadError, isBulkheadError } from '../errors/bulkhead-error.ts';
import { WorkInFlight } from '../lifecycle/work-in-flight.ts';
import { PluginManager } from '../manager/plugin-manager.ts';
import { type PortableRegistry, textOfPortable } from '../registry/portable-registry.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import { readRegistry } from '../registry/read-registry.ts';
import { type Check, found, inapplicable, unexpected } from './check.ts';
import { allChecks } from './checks/all.ts';
import type { PlanOptions } from './inputs/call-plan.ts';
import { Recording } from './recording.ts';
import { type MemoryLimits, Subject } from './subject.ts';
import { registryFor, type Variant } from './variants.ts';
import { type VerifiedCheck, type VerifiedAction, type VerifiedVariant, worstOf } from './verification.ts';
import type { HostLogger } from '../monitor/host-logger.ts';

export interface VariantParts {
  readonly registry: PortableRegistry;
  readonly id: string;
  readonly plan: PlanOptions;
  /** Names of the checks to run; empty: all. */
  readonly only: readonly string[];
  readonly memory: MemoryLimits;
  readonly home: string | undefined;
  readonly logger: HostLogger | undefined;
  readonly signal: AbortSignal;
  readonly listener: VariantListener;
}

/** Hears of one variant. */
export interface VariantListener {
  /** What of it is called, and what not: nothing has been called yet. */
  planned(actions: readonly VerifiedAction[]): void;
  /** What is being done, as long as it takes. */
  progress(check: string, message: string): void;
  ended(result: VerifiedCheck): void;
}

/** Runs all checks on one variant, in order. @throws the signal's reason; BulkheadError `ACTION_UNKNOWN` */
export async function verifyVariant(variant: Variant, parts: VariantParts): Promise<VerifiedVariant> {
  const { registry, id, signal } = parts;
  const folder = await mkdtemp(join(tmpdir(), 'bulkhead-verify-'));
  try {
    const file = join(folder, 'plugins.yaml');
    await writeFile(file, textOfPortable(registryFor(registry, id, variant)), { mode: 0o600 });
    const spec = await specIn(file, id);
    if (isBulkheadError(spec))
      return notRun({ tier: variant.tier ?? 'process', transport: variant.transport }, reasonOf(spec));
    const recording = new Recording(id);
    const { home, logger } = parts;
    await using manager = await PluginManager.open(file, {
      observers: [recording],
      startAhead: false,
      ...(home === undefined ? {} : { home }),
      ...(logger === undefined ? {} : { logger }),
    });
    // What a build or a start waits for ends with it.
    using _ = addAbortListener(signal, () => void manager.close());
    const subject = new Subject({ manager, spec, recording, signal, memory: parts.memory });
    const place = { tier: spec.launch.isolation, transport: transportOf(spec) };
    // Checks wait for what is no call, such as the end of an instance that was killed.
    const held = new WorkInFlight();
    const checks = await held.during(runAll(subject, parts)).finally(() => held.close());
    const [first] = checks;
    if (first?.verdict === 'inapplicable') return notRun(place, first.saw);
    const verdict = worstOf(checks.map((check) => check.verdict));
    return { ...place, verdict, reason: undefined, actions: subject.plan.actions, checks };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function specIn(file: string, id: string): Promise<PluginSpec | BulkheadError> {
  try {
    const found = (await readRegistry(file)).plugins.find((plugin) => plugin.id === id);
    return found?.spec ?? found!.problem;
  } catch (error) {
    if (isBulkheadError(error)) return error;
    throw error;
  }
}

/** A thread and a container leave no choice. */
function transportOf({ launch: { isolation, transport } }: PluginSpec): string | undefined {
  return isolation === 'process' ? transport : undefined;
}

function notRun(place: Pick<VerifiedVariant, 'tier' | 'transport'>, reason: string): VerifiedVariant {
  return { ...place, verdict: 'inapplicable', reason, actions: [], checks: [] };
}

/** Why a plugin can't be declared so. */
function reasonOf(error: BulkheadError): string {
  const { mistakes } = error.details as { readonly mistakes?: readonly { readonly message: string }[] };
  return mistakes?.map(({ message }) => message).join('; ') ?? error.message;
}

async function runAll(subject: Subject, { plan, only, listener }: VariantParts): Promise<VerifiedCheck[]> {
  const results: VerifiedCheck[] = [];
  for (const [index, check] of allChecks(plan).entries()) {
    // Without the first nothing runs; without the actions nobody knows what a call takes.
    const isWanted = only.length === 0 || only.includes(check.name) || ['handshake', 'actions'].includes(check.name);
    if (!isWanted) continue;
    if (index > 0 && subject.description === undefined) {
      results.push(skipped(check));
      continue;
    }
    const result = await runOne(check, subject, listener);
    results.push(result);
    if (index > 0 || result.verdict !== 'inapplicable') listener.ended(result);
    if (index === 0 && subject.description !== undefined) listener.planned(subject.plan.actions);
  }
  return results;
}

async function runOne(check: Check, subject: Subject, listener: VariantListener): Promise<VerifiedCheck> {
  const { name, question } = check;
  const began = performance.now();
  subject.signal.throwIfAborted();
  // What one check has ended must not keep the next one waiting.
  if (subject.description !== undefined) subject.manager.resetPlugin(subject.id);
  const finding = await check
    .run(subject, (message) => listener.progress(name, message))
    .catch((error: unknown) => {
      subject.signal.throwIfAborted();
      if (isBulkheadError(error, 'ACTION_UNKNOWN')) throw error;
      return found('it could not be carried out', [unexpected(error)]);
    });
  return { check: name, question, duration: performance.now() - began, ...finding };
}

function skipped({ name, question }: Check): VerifiedCheck {
  return { check: name, question, duration: 0, ...inapplicable('it does not start') };
}

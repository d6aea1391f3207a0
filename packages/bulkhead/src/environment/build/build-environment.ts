import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { describeHeld, type HoldableLock, holderOf, type LockWait } from '../../lifecycle/lock-folder.ts';
import { makePrivateFolder } from '../../lifecycle/private-folder.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { OWN_VERSION } from '../../lifecycle/own-version.ts';
import {
  type BuildFolders,
  type CompleteEnvironment,
  findComplete,
  halfBuilt,
  isToBeReplaced,
  newAttempt,
  sourcesBefore,
} from './build-folders.ts';
import { recordContents } from '../contents/environment-contents.ts';
import { installAsPublished } from '../contents/install-as-published.ts';
import type { BuiltRuntime, Contents } from './contents.ts';
import { type EnvironmentRecord, resolvedAt, writeRecord } from './environment-record.ts';
import { type IdentityInputs, identityOf, identityOfBuild } from './identity.ts';
import { type LocalSources, statesNow, statesOf } from './local-sources.ts';
import { endOrphanedBuilders } from './orphaned-builders.ts';
import type { ProgressReporter } from './progress-reporter.ts';
import type { ReadyEnvironment } from '../ready-environment.ts';
import { noteUse } from '../prune.ts';
import type { SharedLooks } from '../shared-looks.ts';
import type { StateFolder } from '../state-folder.ts';

/** How one builder makes an environment. */
export interface BuildPlan<Runtime extends BuiltRuntime = BuiltRuntime> {
  readonly inputs: IdentityInputs;
  /** Absolute path of the lock file that decides which packages there are; undefined: they are resolved. */
  readonly lockedBy?: string | undefined;
  readonly contents: Contents<Runtime>;
  /** Makes the environment, `isFresh` without what the builder keeps of earlier ones. @returns the builder: `uv 0.13.9` */
  build(folders: BuildFolders, known: LocalSources, isFresh: boolean): Promise<string>;
}

/** The surroundings of one call of `prepare`. */
export interface BuildContext {
  readonly spec: PluginSpec;
  readonly state: StateFolder;
  readonly variables: NodeJS.ProcessEnv;
  readonly looks: SharedLooks;
  readonly reporter: ProgressReporter;
  readonly signal: AbortSignal;
  /** Milliseconds to wait for another process that is building the same. */
  readonly patience: number;
  /** The folder that holds `plugin_sdk`, for tools; undefined: they go without. */
  readonly sdk?: string | undefined;
  /** Only what was resolved at that time or later will do, by `Date.now()`: an upgrade is asked for. */
  readonly newerThan?: number | undefined;
}

/** Milliseconds by which the time of a file may be behind this process's clock: Linux notes the time of its last tick. */
const CLOCK_GRAIN = 10;
/** Builds at a time, of all processes that share a state folder: builds compete for disk, network and processors. */
const SLOTS = 2;

/** Finds the environment of a plan, or builds it: once, even if several processes want it at the same time. */
export async function prepareEnvironment<Runtime extends BuiltRuntime>(
  plan: BuildPlan<Runtime>,
  given: BuildContext,
): Promise<ReadyEnvironment<Runtime>> {
  const began = performance.now();
  const identity = identityOf(plan.inputs);
  const context = plan.lockedBy === undefined ? given : { ...given, newerThan: undefined };
  const found = await findUsable(identity, context);
  const { prefix, record, built } = found ?? (await buildAlone(plan, context, identity));
  const aboutLink = await plan.contents.offer({ prefix, record });
  if (aboutLink !== undefined) context.reporter.tell('ready', aboutLink);
  if (found !== undefined) await noteUse(prefix);
  else context.reporter.tell('ready', `ready after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return describe(plan, { identity, prefix, record, built, began });
}

/** As `prepareEnvironment`, but undefined if the environment would have to be built or tried. */
export async function findEnvironment<Runtime extends BuiltRuntime>(
  plan: BuildPlan<Runtime>,
  { state, spec, looks }: Pick<BuildContext, 'state' | 'spec' | 'looks'>,
): Promise<ReadyEnvironment<Runtime> | undefined> {
  const began = performance.now();
  const identity = identityOf(plan.inputs);
  const complete = await looks.find(identity, async () => await findComplete(state, identity));
  const found = usable(complete, spec);
  return found === undefined ? undefined : describe(plan, { ...found, identity, began });
}

/** An environment without a trial import is ready only for plugins that ask for none. */
async function findUsable(
  identity: string,
  context: Pick<BuildContext, 'state' | 'spec' | 'newerThan'>,
): Promise<Outcome | undefined> {
  return usable(await findNewEnough(identity, context), context.spec);
}

function usable(found: CompleteEnvironment | undefined, { environment }: PluginSpec): Outcome | undefined {
  return found === undefined || (environment.trialImport && !found.record.tried)
    ? undefined
    : { ...found, built: false };
}

async function findNewEnough(
  identity: string,
  { state, newerThan }: Pick<BuildContext, 'state' | 'newerThan'>,
): Promise<CompleteEnvironment | undefined> {
  const found = await findComplete(state, identity);
  const isOld = found !== undefined && newerThan !== undefined && Date.parse(resolvedAt(found.record)) < newerThan;
  return isOld ? undefined : found;
}

interface Outcome extends CompleteEnvironment {
  /** By this very call. */
  readonly built: boolean;
}

interface Standing extends Outcome {
  readonly identity: string;
  /** By `performance.now()`. */
  readonly began: number;
}

function describe<Runtime extends BuiltRuntime>(
  { contents, lockedBy }: BuildPlan<Runtime>,
  { identity, prefix, record, built, began }: Standing,
): ReadyEnvironment<Runtime> {
  const { packages, localSources } = record;
  return {
    identity: identityOfBuild(identity, localSources),
    packages,
    built,
    duration: performance.now() - began,
    resolved: resolvedAt(record),
    lockedBy,
    localSources: Object.keys(localSources),
    runtime: contents.runtime(prefix, record),
  };
}

/**
 * Builds under a lock. A host that was stopped or asleep for longer than a lease loses it to another machine: it then gives up its
 * own build and uses what the other made. Until it finds out, it works in a folder of its own.
 */
async function buildAlone(plan: BuildPlan, context: BuildContext, identity: string): Promise<Outcome> {
  const { state, signal, reporter } = context;
  state.ensure();
  for (;;) {
    let ready: Outcome | undefined;
    const lock = await lockFor(context, [`${identity}.lock`], {
      onWait: (held) => reporter.tell('waiting', `waiting: ${describeHeld(held)}`),
      done: async () => (ready = await findUsable(identity, context)) !== undefined,
    });
    try {
      ready ??= await findUsable(identity, context);
      if (lock === undefined || ready !== undefined) return ready as Outcome;
      return await buildInSlot(plan, { ...context, signal: AbortSignal.any([signal, lock.lost]) }, identity, lock);
    } catch (error) {
      // The machine that has the lock now may have ended this build.
      if (signal.aborted || lock === undefined || lock.confirm()) throw error;
      reporter.tell('waiting', `starting anew, because ${(lock.lost.reason as Error).message}`);
    } finally {
      lock?.release();
    }
  }
}

async function buildInSlot(
  plan: BuildPlan,
  context: BuildContext,
  identity: string,
  lock: HoldableLock,
): Promise<Outcome> {
  const slots = Array.from({ length: SLOTS }, (_, number) => `build-slot-${number}.lock`);
  const slot = await lockFor(context, slots, {
    onWait: (held) =>
      context.reporter.tell(
        'waiting',
        `waiting for a turn, because ${SLOTS} builds at a time are enough: ${describeHeld(held)}`,
      ),
  });
  try {
    const complete = await findNewEnough(identity, context);
    if (complete !== undefined) return { ...(await tryAgain(plan, context, complete)), built: false };
    return await build(plan, context, identity, lock);
  } finally {
    slot?.release();
  }
}

async function lockFor(
  { state, spec, signal, patience }: BuildContext,
  names: readonly string[],
  waiting: Pick<LockWait, 'onWait' | 'done'>,
): Promise<HoldableLock | undefined> {
  return await state.locks.take(names, `building the environment of ${spec.id}`, {
    ...waiting,
    signal,
    limit: patience,
    onTooLong: (held, milliseconds) => {
      const { file, owner } = held;
      const details = { plugin: spec.id, holder: holderOf(held), purpose: owner.purpose, file, milliseconds };
      return new BulkheadError('ENVIRONMENT_BUSY', details);
    },
  });
}

/** Each attempt has a folder of its own, so that one whose lock was lost never writes into another's. */
async function build(plan: BuildPlan, context: BuildContext, identity: string, lock: HoldableLock): Promise<Outcome> {
  const { state, spec, reporter } = context;
  await clearHalfBuilt(identity, context);
  const folders = newAttempt(state, identity);
  const { prefix, workshop } = folders;
  makePrivateFolder(workshop);
  makePrivateFolder(prefix); // before the builder, which follows the umask
  try {
    const known = sourcesBefore(state, identity);
    const before = await statesNow(known);
    const began = Date.now() - CLOCK_GRAIN;
    const resolved = new Date().toISOString();
    const installing = { folders, state, reporter, build: (isFresh: boolean) => plan.build(folders, known, isFresh) };
    const { builder, inventory } = await installAsPublished(installing, await isToBeReplaced(state, identity));
    const same = await sameBefore(identity, plan, context, prefix);
    if (same !== undefined) {
      await state.discard(prefix);
      return { ...(await renew(same, resolved, plan, context)), built: false };
    }
    const { packages, sources, parts } = await plan.contents.read(prefix);
    const record: EnvironmentRecord = {
      format: 1,
      identity,
      created: new Date().toISOString(),
      resolved,
      bulkhead: OWN_VERSION,
      builder,
      ...parts,
      packages,
      tried: spec.environment.trialImport,
      inputs: plan.inputs,
      localSources: await statesOf(sources, before, began),
    };
    if (spec.environment.trialImport) await plan.contents.tryOut(prefix, context.signal);
    lock.confirm();
    context.signal.throwIfAborted();
    await recordContents(state, plan.contents.runtime(prefix, record), inventory);
    writeRecord(prefix, record);
    return { prefix, record, built: true };
  } catch (error) {
    await state.discard(prefix);
    throw error;
  } finally {
    await state.discard(workshop);
  }
}

/** The environment before an upgrade, if that would bring nothing else. */
async function sameBefore(
  identity: string,
  { contents }: BuildPlan,
  { state, newerThan }: BuildContext,
  prefix: string,
): Promise<CompleteEnvironment | undefined> {
  const before = newerThan === undefined ? undefined : await findComplete(state, identity);
  if (before === undefined) return undefined;
  return (await contents.areSame(prefix, before.prefix)) ? before : undefined;
}

/** Notes that there is nothing newer. */
async function renew(
  { prefix, record }: CompleteEnvironment,
  resolved: string,
  plan: BuildPlan,
  context: BuildContext,
): Promise<CompleteEnvironment> {
  const renewed = { prefix, record: { ...record, resolved } };
  if (context.spec.environment.trialImport && !record.tried) return await tryAgain(plan, context, renewed);
  writeRecord(prefix, renewed.record);
  return renewed;
}

/** Deletes the remains of builds that were cut off; a build never goes on with them. */
async function clearHalfBuilt(identity: string, { state, signal }: BuildContext): Promise<void> {
  const left = halfBuilt(state, identity);
  await endOrphanedBuilders(new Set(left.map(({ prefix }) => prefix)), signal);
  for (const { prefix, workshop } of left) {
    await state.discard(prefix);
    await state.discard(workshop);
  }
}

/** Tries an environment that was built for a plugin without a trial import. It may be in use, so it stays even if the trial fails. */
async function tryAgain(
  plan: BuildPlan,
  { signal }: BuildContext,
  { prefix, record }: CompleteEnvironment,
): Promise<CompleteEnvironment> {
  await plan.contents.tryOut(prefix, signal);
  const tried = { ...record, tried: true };
  writeRecord(prefix, tried);
  return { prefix, record: tried };
}

import { access, mkdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { lockOneOf, ownerOf } from '../../lifecycle/file-lock.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { bulkheadVersion, type EnvironmentRecord, readRecord, writeRecord } from './environment-record.ts';
import { type IdentityInputs, identityOf } from './identity.ts';
import { installedPackages } from '../trial/installed-packages.ts';
import { endOrphanedBuilders } from './orphaned-builders.ts';
import { linkEnvironment } from './plugin-link.ts';
import type { ProgressReporter } from './progress-reporter.ts';
import type { PythonInterpreter, ReadyEnvironment } from '../ready-environment.ts';
import { releaseDates } from '../uv/release-dates.ts';
import { findSitePackages } from './site-packages.ts';
import type { StateFolder } from '../state-folder.ts';
import { trialError } from '../trial/trial-diagnosis.ts';
import { tryImports } from '../trial/trial-import.ts';

/** What one builder contributes to making an environment. */
export interface BuildPlan {
  readonly inputs: IdentityInputs;
  readonly python: PythonInterpreter;
  /** Normalised names of what was asked for, for the trial import. */
  readonly direct: readonly string[];
  /** Those of `direct` that are asked for in one version only. */
  readonly pinned: readonly string[];
  /** Makes the environment at `prefix`; `workshop` is an empty folder that lasts as long as the build. Answers the builder: `uv 0.13.9`. */
  build(prefix: string, workshop: string): Promise<string>;
}

/** What every build of one call has to do with. */
export interface BuildContext {
  readonly spec: PluginSpec;
  readonly state: StateFolder;
  readonly variables: NodeJS.ProcessEnv;
  readonly reporter: ProgressReporter;
  readonly signal: AbortSignal;
  /** Milliseconds to wait for another process that is building the same. */
  readonly patience: number;
}

/** At most so many builds at a time of all processes that share a state folder: they compete for disk, network and processors. */
const SLOTS = 2;

/** Finds the environment of a plan, or builds it: once, whoever else wants it too, in this process or another. */
export async function prepareEnvironment(plan: BuildPlan, context: BuildContext): Promise<ReadyEnvironment> {
  const began = performance.now();
  const { identity, prefix } = placeOf(plan, context);
  const found = await usable(prefix, context.spec);
  const { record, built } =
    found === undefined ? await buildAlone(plan, context, identity, prefix) : { record: found, built: false };
  const problem = await linkEnvironment(context.spec.folder, prefix);
  if (problem !== undefined) context.reporter.tell('ready', `no .venv link in the plugin's folder: ${problem}`);
  if (found === undefined)
    context.reporter.tell('ready', `ready after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return describe(plan, { identity, prefix, record, built, began });
}

/** Only looks; undefined: it would have to be built, or tried. */
export async function findEnvironment(
  plan: BuildPlan,
  context: Pick<BuildContext, 'state' | 'spec'>,
): Promise<ReadyEnvironment | undefined> {
  const began = performance.now();
  const { identity, prefix } = placeOf(plan, context);
  const record = await usable(prefix, context.spec);
  return record === undefined ? undefined : describe(plan, { identity, prefix, record, built: false, began });
}

function placeOf(plan: BuildPlan, { state }: Pick<BuildContext, 'state'>): { identity: string; prefix: string } {
  const identity = identityOf(plan.inputs);
  return { identity, prefix: join(state.environments, identity) };
}

interface Standing extends Outcome {
  readonly identity: string;
  readonly prefix: string;
  /** By `performance.now()`. */
  readonly began: number;
}

function describe({ python }: BuildPlan, { identity, prefix, record, built, began }: Standing): ReadyEnvironment {
  const { packages, sitePackages } = record;
  return {
    identity,
    packages,
    built,
    duration: performance.now() - began,
    runtime: { kind: 'python', prefix, sitePackages: join(prefix, sitePackages), python },
  };
}

/** An environment that nobody has tried yet is ready only for plugins that don't want it tried. */
async function usable(prefix: string, { environment }: PluginSpec): Promise<EnvironmentRecord | undefined> {
  const record = await readRecord(prefix);
  return record === undefined || (environment.trialImport && !record.tried) ? undefined : record;
}

/** `built`: by this very call. */
interface Outcome {
  readonly record: EnvironmentRecord;
  readonly built: boolean;
}

async function buildAlone(plan: BuildPlan, context: BuildContext, identity: string, prefix: string): Promise<Outcome> {
  const { spec, state, reporter, signal } = context;
  await state.ensure();
  let ready: EnvironmentRecord | undefined;
  const lock = await lockOneOf([join(state.locks, `${identity}.lock`)], `building the environment of ${spec.id}`, {
    signal,
    limit: context.patience,
    onWait: ({ pid, purpose }) => reporter.tell('waiting', `waiting for ${ownerOf(pid)}, which is ${purpose}`),
    onTooLong: ({ pid, host, token }, milliseconds) =>
      new BulkheadError(
        'ENVIRONMENT_BUSY',
        { plugin: spec.id, holder: `process ${pid} on ${host}`, milliseconds },
        { cause: new Error(`lock ${identity}, token ${token}`) },
      ),
    done: async () => (ready = await usable(prefix, spec)) !== undefined,
  });
  try {
    ready ??= await usable(prefix, spec);
    return ready === undefined ? await buildInSlot(plan, context, identity, prefix) : { record: ready, built: false };
  } finally {
    lock?.release();
  }
}

async function buildInSlot(plan: BuildPlan, context: BuildContext, identity: string, prefix: string): Promise<Outcome> {
  const slots = Array.from({ length: SLOTS }, (_, number) => join(context.state.locks, `build-slot-${number}.lock`));
  const slot = await lockOneOf(slots, `building the environment of ${context.spec.id}`, {
    signal: context.signal,
    onWait: ({ pid, purpose }) =>
      context.reporter.tell(
        'waiting',
        `waiting for a turn: ${ownerOf(pid)} is ${purpose}, and ${SLOTS} builds at a time are enough`,
      ),
  });
  try {
    const standing = await readRecord(prefix);
    if (standing !== undefined) return { record: await tryAgain(plan, context, prefix, standing), built: false };
    return { record: await build(plan, context, identity, prefix), built: true };
  } finally {
    slot?.release();
  }
}

async function build(
  plan: BuildPlan,
  context: BuildContext,
  identity: string,
  prefix: string,
): Promise<EnvironmentRecord> {
  const { state, spec } = context;
  const workshop = join(state.builds, identity);
  await clearHalfBuilt(prefix, workshop, context);
  await mkdir(workshop, { recursive: true, mode: 0o700 });
  try {
    const builder = await plan.build(prefix, workshop);
    const sitePackages = await findSitePackages(prefix);
    const packages = await installedPackages(sitePackages);
    const record: EnvironmentRecord = {
      format: 1,
      identity,
      created: new Date().toISOString(),
      bulkhead: bulkheadVersion(),
      builder,
      python: plan.python,
      sitePackages: relative(prefix, sitePackages),
      packages: Object.fromEntries(packages.map(({ name, version }) => [name, version])),
      tried: spec.environment.trialImport,
      inputs: plan.inputs,
    };
    if (spec.environment.trialImport) await tryOut(plan, context, prefix, sitePackages);
    context.signal.throwIfAborted();
    await writeRecord(prefix, record);
    return record;
  } catch (error) {
    await state.discard(prefix);
    throw error;
  } finally {
    await state.discard(workshop);
  }
}

/** What a build that was cut off left: deleted, never gone on with. The workshop is made first, so it tells even of one that had hardly begun. */
async function clearHalfBuilt(prefix: string, workshop: string, { state, signal }: BuildContext): Promise<void> {
  const left = await Promise.all(
    [prefix, workshop].map(
      async (folder) =>
        await access(folder).then(
          () => true,
          () => false,
        ),
    ),
  );
  if (!left.includes(true)) return;
  await endOrphanedBuilders(prefix, signal);
  await state.discard(prefix);
  await state.discard(workshop);
}

/** It was built for a plugin that did not want it tried, and may be in use: it stays even when it fails. */
async function tryAgain(
  plan: BuildPlan,
  context: BuildContext,
  prefix: string,
  record: EnvironmentRecord,
): Promise<EnvironmentRecord> {
  await tryOut(plan, context, prefix, join(prefix, record.sitePackages));
  const tried = { ...record, tried: true };
  await writeRecord(prefix, tried);
  return tried;
}

async function tryOut(plan: BuildPlan, context: BuildContext, prefix: string, sitePackages: string): Promise<void> {
  const { spec, variables, signal, reporter } = context;
  const packages = await installedPackages(sitePackages);
  const trial = {
    prefix,
    packages,
    direct: plan.direct,
    hostVariables: variables,
    pluginVariables: spec.launch.variables,
    signal,
  };
  const failure = await tryImports(trial, reporter);
  if (failure === undefined) return;
  const lock = await readFile(join(prefix, 'uv.lock'), 'utf8').catch(() => undefined);
  throw await trialError(failure, {
    plugin: spec.id,
    sitePackages,
    packages,
    pinned: plan.pinned,
    released: releaseDates(lock),
  });
}

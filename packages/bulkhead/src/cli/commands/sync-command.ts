import { BulkheadError, exitCodeOf } from '../../errors/bulkhead-error.ts';
import type { TrialFix } from '../../errors/catalogue/environment.ts';
import { nearestName } from '../../lifecycle/nearest-name.ts';
import { PluginManager } from '../../manager/plugin-manager.ts';
import { applyFix, describeFix, firstFix } from '../files/apply-fix.ts';
import { registryOrExpected } from '../files/find-registry.ts';
import { refusePath } from '../files/plugin-id.ts';
import { type Interruption, listenForInterruption } from '../interruption.ts';
import { quietLogger } from '../output/plugin-lines.ts';
import { type ProgressDisplay, showProgress } from '../output/progress-display.ts';
import { syncNotes } from '../output/sync-notes.ts';
import { printSync, type SyncOutcome } from '../output/sync-report.ts';
import type { Terminal } from '../output/terminal.ts';

export interface SyncOptions {
  readonly registry?: string;
  readonly fix?: boolean;
  readonly upgrade?: boolean;
}

/** `bulkhead sync`: makes environments; a failure of one plugin holds up no other. */
export async function syncCommand(
  ids: readonly string[],
  { registry: named, fix = false, upgrade = false }: SyncOptions,
  terminal: Terminal,
): Promise<number> {
  ids.forEach(refusePath);
  const registry = registryOrExpected(named);
  using interruption = listenForInterruption();
  const display = showProgress(terminal);
  try {
    const first = await prepareAll(registry, ids, { display, interruption, upgrade });
    const outcomes = fix ? await fixAndRetry(registry, first, display, interruption) : first;
    display.close();
    if (interruption.exitCode !== undefined) return interruption.exitCode;
    printSync(registry, outcomes, terminal);
    if (!terminal.json) for (const note of await syncNotes(registry, outcomes)) terminal.error.write(note);
    return Math.max(0, ...outcomes.map(({ error }) => (error === undefined ? 0 : exitCodeOf(error))));
  } finally {
    display.close();
  }
}

interface Preparing {
  readonly display: ProgressDisplay;
  readonly interruption: Interruption;
  readonly upgrade: boolean;
}

/** All at once: how many are built at the same time is for the environment stage to say. No `ids` means all. */
async function prepareAll(
  registry: string,
  ids: readonly string[],
  { display, interruption: { signal }, upgrade }: Preparing,
): Promise<SyncOutcome[]> {
  await using manager = await PluginManager.open(registry, { logger: quietLogger(), startAhead: false });
  const onInterrupt = (): void => void manager.close();
  signal.addEventListener('abort', onInterrupt, { once: true });
  const known = manager.plugins().map(({ id }) => id);
  for (const id of ids) {
    if (!known.includes(id))
      throw new BulkheadError('PLUGIN_UNKNOWN', { plugin: id, nearest: nearestName(id, known), known });
  }
  const enabled = manager.plugins().filter(({ state }) => state !== 'disabled');
  const chosen = ids.length === 0 ? enabled.map(({ id }) => id) : [...new Set(ids)];
  const outcomes = await Promise.all(chosen.map((id) => prepareOne(manager, id, display, upgrade)));
  signal.removeEventListener('abort', onInterrupt);
  return outcomes;
}

async function prepareOne(
  manager: PluginManager,
  id: string,
  display: ProgressDisplay,
  upgrade: boolean,
): Promise<SyncOutcome> {
  const began = performance.now();
  const milliseconds = (): number => Math.round(performance.now() - began);
  try {
    const before = await manager.preparePlugin(id, display.sink);
    if (!upgrade || before.built) return { id, environment: before, milliseconds: milliseconds() };
    const environment = await manager.preparePlugin(id, display.sink, { upgrade });
    return { id, environment, before, milliseconds: milliseconds() };
  } catch (error) {
    return { id, error, milliseconds: milliseconds() };
  } finally {
    display.finished(id);
  }
}

/** Writes the first cure of each failed plugin and tries those plugins once more: a cure that does not help is no base for another. */
async function fixAndRetry(
  registry: string,
  first: readonly SyncOutcome[],
  display: ProgressDisplay,
  interruption: Interruption,
): Promise<readonly SyncOutcome[]> {
  const fixes = new Map<string, TrialFix>();
  for (const { id, error } of first) {
    const fix = firstFix(error);
    if (fix === undefined || interruption.signal.aborted) continue;
    await applyFix(registry, id, fix);
    display.print(`${id}: wrote ${describeFix(fix)} into ${registry}; trying again`);
    fixes.set(id, fix);
  }
  if (fixes.size === 0) return first;
  const again = new Map(
    (await prepareAll(registry, [...fixes.keys()], { display, interruption, upgrade: false })).map((outcome) => [
      outcome.id,
      outcome,
    ]),
  );
  return first.map((outcome) => {
    const [fixed, later] = [fixes.get(outcome.id), again.get(outcome.id)];
    return fixed === undefined || later === undefined ? outcome : { ...later, fixed };
  });
}

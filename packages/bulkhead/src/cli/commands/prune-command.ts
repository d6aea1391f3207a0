import { findUnused, prune, type Unused } from '../../environment/prune.ts';
import { StateFolder } from '../../environment/state-folder.ts';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { parseDuration } from '../../lifecycle/duration.ts';
import { notedEnvironments } from '../../manager/environment-notes.ts';
import { summarisePlugins } from '../../manager/registered-plugins.ts';
import { jsonText } from '../../views/json-text.ts';
import { findRegistry } from '../files/find-registry.ts';
import { listenForInterruption } from '../interruption.ts';
import { sizeText } from '../output/size-text.ts';
import { table } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';

export interface PruneCommandOptions {
  readonly registry?: string;
  readonly olderThan: string;
  readonly dryRun?: boolean;
}

/** A host may have found an environment and not have written that down yet. */
const SHORTEST_MILLISECONDS = 60_000;
const DAY_MILLISECONDS = 24 * 3_600_000;

/**
 * `bulkhead prune`: removes what nobody has used for long. What running hosts use stays, and what the plugins of the registry at hand
 * need, although it may have been idle: a machine without a network could not make it again.
 */
export async function pruneCommand(
  { registry: named, olderThan, dryRun = false }: PruneCommandOptions,
  { out, json }: Terminal,
): Promise<number> {
  const before = new Date(Date.now() - millisecondsOf(olderThan));
  const state = StateFolder.of(process.env);
  using interruption = listenForInterruption();
  const { signal } = interruption;
  state.check();
  const spared = new Set([...(await notedEnvironments(state)), ...(await neededByRegistry(named, signal))]);
  const unused = await findUnused(state, { before, spared });
  const removed = dryRun ? unused : await prune(state, unused, signal);
  if (json) out.write(`${jsonText(asJson(removed, dryRun), { pretty: out.isTerminal, columns: out.columns })}\n`);
  else out.write(report(removed, dryRun, olderThan));
  return interruption.exitCode ?? 0;
}

async function neededByRegistry(named: string | undefined, signal: AbortSignal): Promise<readonly string[]> {
  const registry = findRegistry(named);
  if (registry === undefined) return [];
  const plugins = await summarisePlugins(registry, signal);
  return plugins.flatMap(({ environment }) => environment?.runtime.prefix ?? []);
}

function asJson(removed: readonly Unused[], dryRun: boolean): Readonly<Record<string, unknown>> {
  return { dryRun, removed: removed.map((each) => ({ ...each, lastUsed: each.lastUsed.toISOString() })) };
}

function report(removed: readonly Unused[], dryRun: boolean, olderThan: string): string {
  if (removed.length === 0) return `Nothing has been unused for ${olderThan}.\n`;
  const size = removed.reduce((sum, each) => sum + each.size, 0);
  const rows = removed.map(({ kind, path, size: own, lastUsed }) => [
    kind,
    lastUsed.toISOString().slice(0, 10),
    sizeText(own),
    path,
  ]);
  const said = dryRun ? `Would free about ${sizeText(size)}.` : `Freed about ${sizeText(size)}.`;
  return `${table([['WHAT', 'LAST USED', 'SIZE', 'PATH'], ...rows])}\n${said}\n`;
}

function millisecondsOf(text: string): number {
  const [, days] = /^(\d{1,5})d$/.exec(text) ?? [];
  const milliseconds = days === undefined ? parseDuration(text) : Number(days) * DAY_MILLISECONDS;
  if (milliseconds !== undefined && milliseconds >= SHORTEST_MILLISECONDS) return milliseconds;
  const reason = `expected a time of at least a minute, such as 30d or 12h, found "${text}"`;
  throw new BulkheadError('ARGUMENT_INVALID', { argument: '--older-than', reason });
}

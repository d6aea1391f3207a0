import { runtimeText } from '../../views/runtime-text.ts';
import { describeFix } from '../files/apply-fix.ts';
import { jsonText } from '../../views/json-text.ts';
import { errorView } from '../../views/error-view.ts';
import { visibleLine } from '../../lifecycle/visible-text.ts';
import { printError } from './print-error.ts';
import type { ReadyEnvironment } from '../../environment/ready-environment.ts';
import type { TrialFix } from '../../errors/catalogue/environment.ts';
import { type Cell, table } from './table.ts';
import type { Output, Terminal } from './terminal.ts';

/** The outcome of `sync` for one plugin. */
export interface SyncOutcome {
  readonly id: string;
  readonly milliseconds: number;
  readonly environment?: ReadyEnvironment;
  /** What it was before an upgrade. */
  readonly before?: ReadyEnvironment;
  readonly error?: unknown;
  /** The cure that was written into the registry before the last try. */
  readonly fixed?: TrialFix;
}

/** Prints the summary on standard output, and failures on standard error. */
export function printSync(registry: string, outcomes: readonly SyncOutcome[], terminal: Terminal): void {
  const { out, error, json } = terminal;
  if (json)
    out.write(
      `${jsonText({ registry, plugins: outcomes.map(asJson) }, { pretty: out.isTerminal, columns: out.columns })}\n`,
    );
  else
    out.write(
      outcomes.length === 0
        ? 'There are no plugins in the registry. `bulkhead new NAME` writes one.\n'
        : table([HEAD, ...outcomes.map((outcome) => row(outcome, out))]) + upgradesText(outcomes),
    );
  for (const outcome of outcomes) {
    if (outcome.error === undefined) continue;
    if (!json) error.write('\n');
    printError(outcome.error, terminal);
  }
}

const HEAD = ['PLUGIN', 'RUNTIME', 'PACKAGES', 'ENVIRONMENT', 'TIME'];

function row(outcome: SyncOutcome, { colours }: Output): Cell[] {
  const { id, environment, milliseconds, fixed } = outcome;
  const time = `${(milliseconds / 1000).toFixed(1)} s${fixed === undefined ? '' : `  (with ${describeFix(fixed)})`}`;
  if (environment === undefined) return [id, '-', '-', { text: 'failed', colour: colours.red }, time];
  const { runtime, packages } = environment;
  return [
    id,
    runtimeText({ python: runtime.python?.version, node: runtime.node?.version }) ?? '-',
    String(Object.keys(packages).length),
    { text: statusOf(outcome), colour: colours.green },
    time,
  ];
}

function statusOf({
  environment,
  before,
}: SyncOutcome): 'built' | 'found' | 'upgraded' | 'unchanged' | 'locked' | 'failed' {
  if (environment === undefined) return 'failed';
  if (before === undefined) return environment.built ? 'built' : 'found';
  if (environment.lockedBy !== undefined) return 'locked';
  return placeOf(environment) === placeOf(before) ? 'unchanged' : 'upgraded';
}

/** What tells an environment from another of the same identity. */
function placeOf({ runtime }: ReadyEnvironment): string {
  return runtime.kind === 'image' ? runtime.imageId : (runtime.prefix ?? '');
}

/** What an upgrade has brought, or why it could not. */
function upgradesText(outcomes: readonly SyncOutcome[]): string {
  const lines = outcomes.flatMap((outcome) => {
    const { id, environment, before } = outcome;
    if (environment === undefined || before === undefined) return [];
    if (environment.lockedBy !== undefined)
      return [
        `${id}: ${environment.lockedBy} decides; \`${environment.runtime.kind === 'node' ? 'npm update --package-lock-only' : 'uv lock --upgrade'}\` in its folder looks for newer packages.\n`,
      ];
    if (statusOf(outcome) !== 'upgraded') return [];
    const changes = changesBetween(before.packages, environment.packages).map(
      ({ name, from, to }) => `${name} ${from ?? 'new'} -> ${to ?? 'gone'}`,
    );
    return [`${id}: ${changes.join(', ') || 'the same versions, built from newer sources'}\n`];
  });
  const isNews = outcomes.some((outcome) => statusOf(outcome) === 'upgraded');
  const afterwards = isNews ? 'A host that runs takes them up when it reloads the plugins.\n' : '';
  return lines.length === 0 ? '' : `\n${lines.map((line) => visibleLine(line.trimEnd())).join('\n')}\n${afterwards}`;
}

interface PackageChange {
  readonly name: string;
  /** Undefined: it was not there. */
  readonly from: string | undefined;
  /** Undefined: it is not there any more. */
  readonly to: string | undefined;
}

function changesBetween(
  before: ReadyEnvironment['packages'],
  after: ReadyEnvironment['packages'],
): readonly PackageChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return names.map((name) => ({ name, from: before[name], to: after[name] })).filter(({ from, to }) => from !== to);
}

function asJson(outcome: SyncOutcome): Readonly<Record<string, unknown>> {
  const { id, environment, before, error, milliseconds, fixed } = outcome;
  const changes =
    before === undefined || environment === undefined ? [] : changesBetween(before.packages, environment.packages);
  return {
    id,
    status: statusOf(outcome),
    python: environment?.runtime.python?.version ?? null,
    node: environment?.runtime.node?.version ?? null,
    packages: environment?.packages ?? null,
    prefix: environment?.runtime.prefix ?? null,
    resolved: environment?.resolved ?? null,
    changes: changes.map(({ name, from, to }) => ({ name, from: from ?? null, to: to ?? null })),
    milliseconds,
    fixed: fixed === undefined ? [] : [fixed],
    error: error === undefined ? null : errorView(error),
  };
}

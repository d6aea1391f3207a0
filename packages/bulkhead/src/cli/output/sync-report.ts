import { describeFix } from '../files/apply-fix.ts';
import { jsonText } from '../../views/json-text.ts';
import { errorView } from '../../views/error-view.ts';
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
        : table([HEAD, ...outcomes.map((outcome) => row(outcome, out))]),
    );
  for (const outcome of outcomes) {
    if (outcome.error === undefined) continue;
    if (!json) error.write('\n');
    printError(outcome.error, terminal);
  }
}

const HEAD = ['PLUGIN', 'PYTHON', 'PACKAGES', 'ENVIRONMENT', 'TIME'];

function row({ id, environment, milliseconds, fixed }: SyncOutcome, { colours }: Output): Cell[] {
  const time = `${(milliseconds / 1000).toFixed(1)} s${fixed === undefined ? '' : `  (with ${describeFix(fixed)})`}`;
  if (environment === undefined) return [id, '-', '-', { text: 'failed', colour: colours.red }, time];
  const { runtime, packages, built } = environment;
  return [
    id,
    runtime.python.version,
    String(Object.keys(packages).length),
    { text: built ? 'built' : 'found', colour: colours.green },
    time,
  ];
}

function asJson({ id, environment, error, milliseconds, fixed }: SyncOutcome): Readonly<Record<string, unknown>> {
  return {
    id,
    status: environment === undefined ? 'failed' : environment.built ? 'built' : 'found',
    python: environment?.runtime.python.version ?? null,
    packages: environment?.packages ?? null,
    prefix: environment?.runtime.prefix ?? null,
    milliseconds,
    fixed: fixed === undefined ? [] : [fixed],
    error: error === undefined ? null : errorView(error),
  };
}

import { errorView } from '../../views/error-view.ts';
import { jsonText } from '../../views/json-text.ts';
import { type Cell, table } from './table.ts';
import type { Output, Terminal } from './terminal.ts';

/** What became of the tests of one plugin. */
export interface TestOutcome {
  readonly id: string;
  readonly milliseconds: number;
  /** pytest's exit status; undefined: it has no tests, or they could not be run. */
  readonly status?: number | undefined;
  readonly error?: unknown;
}

/** Prints the summary on standard output. */
export function printTests(registry: string, outcomes: readonly TestOutcome[], { out, json }: Terminal): void {
  const layout = { pretty: out.isTerminal, columns: out.columns };
  if (json) out.write(`${jsonText({ registry, plugins: outcomes.map(asJson) }, layout)}\n`);
  else if (outcomes.length === 0)
    out.write('There are no plugins in the registry. `bulkhead new NAME` writes one, with tests.\n');
  else out.write(`\n${table([['PLUGIN', 'TESTS', 'TIME'], ...outcomes.map((outcome) => row(outcome, out))])}`);
}

function row(outcome: TestOutcome, { colours }: Output): Cell[] {
  const word = wordFor(outcome);
  const colour = word === 'passed' ? colours.green : word === 'none' ? colours.dim : colours.red;
  return [outcome.id, { text: word, colour }, `${(outcome.milliseconds / 1000).toFixed(1)} s`];
}

function wordFor({ status, error }: TestOutcome): 'passed' | 'failed' | 'none' | 'not run' {
  if (error !== undefined) return 'not run';
  if (status === undefined) return 'none';
  return status === 0 ? 'passed' : 'failed';
}

function asJson(outcome: TestOutcome): Readonly<Record<string, unknown>> {
  const { id, milliseconds, status, error } = outcome;
  return {
    id,
    tests: wordFor(outcome),
    exit_status: status ?? null,
    milliseconds,
    error: error === undefined ? null : errorView(error),
  };
}

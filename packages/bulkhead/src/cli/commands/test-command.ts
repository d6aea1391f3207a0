import { environmentsOf } from '../../environment/environments.ts';
import { StateFolder } from '../../environment/state-folder.ts';
import { hasTests } from '../../environment/testing/has-tests.ts';
import { prepareTestEnvironment } from '../../environment/testing/test-environment.ts';
import { BulkheadError, exitCodeOf } from '../../errors/bulkhead-error.ts';
import { pythonSdkFolder } from '../../languages/python/sdk-folder.ts';
import { nearestName } from '../../lifecycle/nearest-name.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { readRegistry, type RegisteredPlugin } from '../../registry/read-registry.ts';
import { registryOrExpected } from '../files/find-registry.ts';
import { refusePath } from '../files/plugin-id.ts';
import { type Interruption, listenForInterruption } from '../interruption.ts';
import { printError } from '../output/print-error.ts';
import { showProgress } from '../output/progress-display.ts';
import type { Terminal } from '../output/terminal.ts';
import { printTests, type TestOutcome } from '../output/test-report.ts';
import { runPytest } from '../testing/run-pytest.ts';

export interface TestOptions {
  readonly registry?: string;
  /** For pytest. */
  readonly args: readonly string[];
}

/** pytest's exit status where nothing was to be run. */
const NOTHING_RUN = 5;

/** `bulkhead test`: runs the tests of plugins, one plugin after the other, each in an environment of its own. */
export async function testCommand(
  ids: readonly string[],
  { registry: named, args }: TestOptions,
  terminal: Terminal,
): Promise<number> {
  ids.forEach(refusePath);
  const registry = registryOrExpected(named);
  const { plugins } = await readRegistry(registry);
  const chosen = choose(plugins, ids);
  using interruption = listenForInterruption();
  const outcomes: TestOutcome[] = [];
  for (const plugin of chosen) {
    const outcome = await testOne(plugin, { registry, args, terminal, interruption, isNamed: ids.length > 0 });
    if (interruption.exitCode !== undefined) return interruption.exitCode;
    if (outcome.error !== undefined) printError(outcome.error, terminal);
    outcomes.push(outcome);
  }
  if (terminal.json || ids.length !== 1) printTests(registry, outcomes, terminal);
  return Math.max(0, ...outcomes.map(({ error, status }) => (error === undefined ? (status ?? 0) : exitCodeOf(error))));
}

/** Those that are named, or all but the disabled ones. */
function choose(plugins: readonly RegisteredPlugin[], ids: readonly string[]): readonly RegisteredPlugin[] {
  const known = plugins.map(({ id }) => id);
  const unknown = ids.find((id) => !known.includes(id));
  if (unknown !== undefined)
    throw new BulkheadError('PLUGIN_UNKNOWN', { plugin: unknown, nearest: nearestName(unknown, known), known });
  return plugins.filter(({ id, problem }) =>
    ids.length === 0 ? problem?.code !== 'PLUGIN_DISABLED' : ids.includes(id),
  );
}

interface Testing {
  readonly registry: string;
  readonly args: readonly string[];
  readonly terminal: Terminal;
  readonly interruption: Interruption;
  /** Whether it was asked for by its id. */
  readonly isNamed: boolean;
}

async function testOne({ id, spec, problem }: RegisteredPlugin, testing: Testing): Promise<TestOutcome> {
  const began = performance.now();
  const ended = (outcome: Pick<TestOutcome, 'status' | 'error'>): TestOutcome => ({
    id,
    milliseconds: Math.round(performance.now() - began),
    ...outcome,
  });
  if (spec === undefined) return ended({ error: problem });
  try {
    const { kind } = spec.environment;
    const unsupported = (environment: 'image' | 'node'): TestOutcome =>
      ended({ error: new BulkheadError('TESTS_UNSUPPORTED', { plugin: id, environment }) });
    if (kind === 'node') return testing.isNamed ? unsupported(kind) : ended({});
    if (!(await hasTests(spec.folder))) return ended(testing.isNamed ? { error: noTests(spec) } : {});
    if (kind === 'image') return unsupported(kind);
    if (kind === 'none') throw new BulkheadError('PLUGIN_HAS_OWN_COMMAND', { plugin: id, what: 'run its tests' });
    const status = await prepareAndRun(spec, kind, testing);
    if (status !== NOTHING_RUN || testing.args.length > 0) return ended({ status });
    return ended(testing.isNamed ? { error: noTests(spec) } : {});
  } catch (error) {
    return ended({ error });
  }
}

function noTests({ id, folder }: PluginSpec): BulkheadError {
  return new BulkheadError('TESTS_NOT_FOUND', { plugin: id, folder });
}

async function prepareAndRun(
  spec: PluginSpec,
  kind: 'uv' | 'venv',
  { registry, args, terminal, interruption, isNamed }: Testing,
): Promise<number> {
  const sdk = pythonSdkFolder(process.env);
  const provider = environmentsOf({ state: StateFolder.of(process.env), sdkForTools: sdk })[kind];
  const display = showProgress(terminal);
  const { environment, differing } = await prepareTestEnvironment(
    provider,
    spec,
    interruption.signal,
    display.sink,
  ).finally(() => display.close());
  const say = (text: string): void => {
    if (!terminal.json) terminal.error.write(text);
  };
  if (differing.length > 0)
    say(
      `Note: the test tools of ${spec.id} don't fit what it is served with, so it is tested with other versions of ${differing.join(', ')}.\n`,
    );
  if (!isNamed) say(`\n${terminal.error.colours.bold(`${spec.id}:`)}\n`);
  const run = { spec, prefix: environment.runtime.prefix, sdk, registry, args, quietOutput: terminal.json };
  return await runPytest(run, interruption);
}

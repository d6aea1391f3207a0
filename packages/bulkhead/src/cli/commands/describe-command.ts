import type { ActionDescription, ExampleDescription, HookDescription } from '@bulkhead/protocol';
import { exitCodeOf } from '../../errors/bulkhead-error.ts';
import { visibleLine } from '../../lifecycle/visible-text.ts';
import type { DescribedPlugin } from '../../manager/describe-plugins.ts';
import type { PluginDescription } from '../../manager/plugin-status.ts';
import { describedPluginView, descriptionView } from '../../views/description-view.ts';
import type { JsonObject } from '../../views/json-object.ts';
import { jsonText } from '../../views/json-text.ts';
import { runtimeText } from '../../views/runtime-text.ts';
import { registryOrExpected } from '../files/find-registry.ts';
import { refusePath } from '../files/plugin-id.ts';
import { describedPlugins } from '../output/described-plugins.ts';
import { printError } from '../output/print-error.ts';
import { answerOf, parametersOf } from '../output/schema-text.ts';
import { table } from '../output/table.ts';
import type { Output, Terminal } from '../output/terminal.ts';

export interface DescribeOptions {
  readonly registry?: string;
  /** Whether those of which nothing is known are started. */
  readonly start?: boolean;
}

const MOST_EXAMPLES = 2;
const LONGEST_EXAMPLE = 160;

/** `bulkhead describe`: says what plugins can do: their actions with what they take and answer, and their hooks. */
export async function describeCommand(
  ids: readonly string[],
  { registry: named, start = true }: DescribeOptions,
  terminal: Terminal,
): Promise<number> {
  ids.forEach(refusePath);
  const registry = registryOrExpected(named);
  const described = await describedPlugins(registry, { ...(ids.length === 0 ? {} : { ids }), start }, terminal);
  if (typeof described === 'number') return described;
  const failures = described.flatMap(({ problem }) => (problem === undefined ? [] : [problem]));
  const isOne = ids.length === 1;
  const views = described.map(isOne ? onlyView : describedPluginView);
  if (!terminal.json) terminal.out.write(described.flatMap((each) => textOf(each, terminal.out)).join('\n'));
  else if (!isOne) terminal.out.write(jsonOf({ registry, plugins: views }, terminal.out));
  else if (failures.length === 0) views.forEach((view) => terminal.out.write(jsonOf(view, terminal.out)));
  if (!terminal.json || isOne) for (const problem of failures) printError(problem, terminal, { linesWereShown: true });
  return failures.length === 0 ? 0 : Math.max(...failures.map(exitCodeOf));
}

function onlyView(plugin: DescribedPlugin): JsonObject {
  return plugin.description === undefined ? describedPluginView(plugin) : descriptionView(plugin.description);
}

function jsonOf(view: JsonObject, out: Output): string {
  return `${jsonText(view, { pretty: out.isTerminal, columns: out.columns })}\n`;
}

function textOf({ id, description, problem }: DescribedPlugin, out: Output): string[] {
  if (problem !== undefined) return [];
  const unknown = `${out.colours.bold(id)}  ${out.colours.dim('not known: it was not started since it was changed')}\n`;
  return [description === undefined ? unknown : text(description, out)];
}

function text({ id, version, actions, hooks, ...interpreters }: PluginDescription, { colours }: Output): string {
  const runtime = runtimeText(interpreters);
  const name = `${colours.bold(id)}${version === undefined ? '' : ` ${visibleLine(version)}`}`;
  const head = `${name}${runtime === undefined ? '' : `, ${runtime}`}\n`;
  const shown = Object.entries(actions).map(([name, action]) => actionText(name, action, colours));
  return [head, ...shown, ...(hooks.length === 0 ? [] : [hooksText(hooks)])].join('\n');
}

function actionText(name: string, action: ActionDescription, colours: Output['colours']): string {
  const { description = '', idempotent = false, cache, input, examples = [] } = action;
  const kinds = [...(idempotent ? ['idempotent'] : []), ...(cache === undefined ? [] : ['pure, its answers are kept'])];
  const [said = ''] = description.split('\n');
  const rows = parametersOf(input).map(({ name: parameter, type, need }) => ['', parameter, type, need]);
  const about = kinds.length === 0 ? '' : ` ${colours.dim(`(${kinds.join('; ')})`)}`;
  const answer = answerOf(action);
  const answers = answer === '' ? '' : `  → ${visibleLine(answer)}\n`;
  const shown = exampleLines(examples).map((line) => `  ${colours.dim(line)}\n`);
  return `${colours.bold(visibleLine(name))}${about}${said === '' ? '' : `  ${visibleLine(said)}`}\n${table(rows)}${answers}${shown.join('')}`;
}

/** The first few: all are in the JSON. */
function exampleLines(examples: readonly ExampleDescription[]): string[] {
  return examples.slice(0, MOST_EXAMPLES).map((example) => {
    const answer = 'output' in example ? ` → ${jsonText(example.output, { pretty: false })}` : '';
    return `for example ${visibleLine(`${jsonText(example.input, { pretty: false })}${answer}`, LONGEST_EXAMPLE)}`;
  });
}

function hooksText(hooks: readonly HookDescription[]): string {
  const rows = hooks.map(({ event, name, mode, priority }) => [
    '',
    event,
    name,
    mode ?? 'transform',
    `priority ${priority ?? 50}`,
  ]);
  return `Hooks\n${table(rows)}`;
}

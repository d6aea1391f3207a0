import type { ActionDescription, ExampleDescription, HookDescription } from '@bulkhead/protocol';
import { exitCodeOf } from '../../errors/bulkhead-error.ts';
import { visibleLine } from '../../lifecycle/visible-text.ts';
import { PluginManager } from '../../manager/plugin-manager.ts';
import type { PluginDescription } from '../../manager/plugin-status.ts';
import { jsonText } from '../../views/json-text.ts';
import { runtimeText } from '../../views/runtime-text.ts';
import { registryOrExpected } from '../files/find-registry.ts';
import { refusePath } from '../files/plugin-id.ts';
import { listenForInterruption } from '../interruption.ts';
import { quietLogger, showPluginLines } from '../output/plugin-lines.ts';
import { printError } from '../output/print-error.ts';
import { showProgress } from '../output/progress-display.ts';
import { answerOf, parametersOf } from '../output/schema-text.ts';
import { table } from '../output/table.ts';
import type { Output, Terminal } from '../output/terminal.ts';

export interface DescribeOptions {
  readonly registry?: string;
}

const MOST_EXAMPLES = 2;
const LONGEST_EXAMPLE = 160;

/** `bulkhead describe`: says what a plugin can do: its actions with what they take and answer, and its hooks. Starts it if need be. */
export async function describeCommand(id: string, { registry }: DescribeOptions, terminal: Terminal): Promise<number> {
  refusePath(id);
  using interruption = listenForInterruption();
  const display = showProgress(terminal);
  const logger = terminal.json ? quietLogger() : showPluginLines(terminal, (line) => display.print(line));
  await using manager = await PluginManager.open(registryOrExpected(registry), { logger, startAhead: false });
  interruption.signal.addEventListener('abort', () => void manager.close(), { once: true });
  try {
    const plugin = await manager.describePlugin(id, display.sink);
    display.close();
    terminal.out.write(terminal.json ? json(plugin, terminal.out) : text(plugin, terminal.out));
    return 0;
  } catch (error) {
    display.close();
    if (interruption.exitCode !== undefined) return interruption.exitCode;
    printError(error, terminal, { linesWereShown: true });
    return exitCodeOf(error);
  }
}

function json({ id, version, python, node, ...plugin }: PluginDescription, out: Output): string {
  const described = { id, version: version ?? null, python: python ?? null, node: node ?? null, ...plugin };
  return `${jsonText(described, { pretty: out.isTerminal, columns: out.columns })}\n`;
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

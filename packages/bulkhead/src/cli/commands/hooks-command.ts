import { BulkheadError, exitCodeOf } from '../../errors/bulkhead-error.ts';
import type { ChainOutcome, HookStep } from '../../hooks/chain-outcome.ts';
import { nearestName } from '../../lifecycle/nearest-name.ts';
import { visibleLine } from '../../lifecycle/visible-text.ts';
import { PluginManager } from '../../manager/plugin-manager.ts';
import { registryOrExpected } from '../files/find-registry.ts';
import { listenForInterruption } from '../interruption.ts';
import { jsonText } from '../../views/json-text.ts';
import { quietLogger, showPluginLines } from '../output/plugin-lines.ts';
import { type Chain, chainOutcomeView, chainView } from '../../views/hook-view.ts';
import { printError } from '../output/print-error.ts';
import { readInput } from '../input/read-input.ts';
import { type Cell, table } from '../output/table.ts';
import type { Output, Terminal } from '../output/terminal.ts';

export interface HooksOptions {
  readonly registry?: string;
  readonly trace?: boolean;
  readonly input?: string;
}

/** `bulkhead hooks`: shows the chain of each event with its reasons; with `--trace` runs one and shows what each hook changes. */
export async function hooksCommand(
  event: string | undefined,
  options: HooksOptions,
  terminal: Terminal,
): Promise<number> {
  if (event === undefined && options.trace === true) throw invalid('--trace', 'name the event that is to be run');
  if (options.input !== undefined && options.trace !== true)
    throw invalid('--input', 'only --trace runs the hooks, and gives them data');
  const input = await readInput(options.input);
  using interruption = listenForInterruption();
  const logger = terminal.json ? quietLogger() : showPluginLines(terminal, (line) => terminal.error.write(`${line}\n`));
  const registry = registryOrExpected(options.registry);
  await using manager = await PluginManager.open(registry, { logger, startAhead: false });
  try {
    const events = chosen(event, manager.hooks.events());
    const { signal } = interruption;
    if (event !== undefined && options.trace === true) {
      const onStep = terminal.json ? undefined : (step: HookStep) => terminal.out.write(stepText(step, terminal.out));
      show(await manager.hooks.run(event, input, { signal, trace: true, onStep }), event, terminal);
      return 0;
    }
    return await showChains(manager, events, signal, terminal);
  } catch (error) {
    if (interruption.exitCode !== undefined) return interruption.exitCode;
    printError(error, terminal, { linesWereShown: true });
    return exitCodeOf(error);
  }
}

function chosen(event: string | undefined, events: readonly string[]): readonly string[] {
  if (event === undefined) return events;
  if (events.includes(event)) return [event];
  const nearest = nearestName(event, events);
  const hint = nearest === undefined ? '' : `; there is "${nearest}"`;
  throw invalid('event', `no plugin lists "${event}" in \`hooks\`${hint}`);
}

/** An event whose chain can't be made up holds up no other. */
async function showChains(
  manager: PluginManager,
  events: readonly string[],
  signal: AbortSignal,
  terminal: Terminal,
): Promise<number> {
  const { out, json } = terminal;
  const chains = await Promise.all(
    events.map(async (event) =>
      manager.hooks.explain(event, { signal }).then(
        (hooks) => ({ event, hooks }),
        (error: unknown) => ({ event, error }),
      ),
    ),
  );
  signal.throwIfAborted();
  const failures = chains.flatMap((chain) => ('error' in chain ? [chain.error] : []));
  if (json) out.write(`${jsonText({ events: chains.map(chainView) }, layout(out))}\n`);
  else if (chains.length === 0)
    out.write('No plugin takes part in an event: `hooks: [EVENT]` in the registry or a manifest says so.\n');
  else out.write(chains.flatMap((chain) => ('hooks' in chain ? [chainText(chain, out)] : [])).join('\n'));
  if (!json) for (const error of failures) printError(error, terminal, { linesWereShown: true });
  return Math.max(0, ...failures.map((error) => exitCodeOf(error)));
}

const HEAD = ['', 'HOOK', 'MODE', 'TIMEOUT', 'ON ERROR', 'WHY HERE'];

function chainText({ event, hooks }: Extract<Chain, { hooks: unknown }>, { colours }: Output): string {
  const rows = hooks.map(({ hook, mode, timeout, onError, reason }, index): Cell[] => [
    String(index + 1),
    hook,
    mode,
    `${timeout / 1000}s`,
    onError,
    { text: reason, colour: colours.dim },
  ]);
  return `${colours.bold(visibleLine(event))}\n${table([HEAD, ...rows])}`;
}

function show(outcome: ChainOutcome, event: string, { out, json }: Terminal): void {
  const { data, veto } = outcome;
  if (json) {
    out.write(`${jsonText(chainOutcomeView(event, outcome), layout(out))}\n`);
    return;
  }
  if (veto !== undefined)
    out.write(out.colours.red(`${visibleLine(veto.hook)} stopped it: ${visibleLine(veto.reason)}`) + '\n');
  out.write(`${jsonText(data, layout(out))}\n`);
}

function stepText({ hook, mode, outcome, milliseconds, error, changes = [] }: HookStep, { colours }: Output): string {
  const time = outcome === 'notified' ? '' : ` ${colours.dim(`${milliseconds.toFixed(1)} ms`)}`;
  const nothing = mode === 'transform' && outcome === 'done' && changes.length === 0 ? ['changed nothing'] : [];
  const lines = [...(error === undefined ? [] : [error.message]), ...nothing, ...changes];
  return `${visibleLine(hook)}: ${outcome}${time}\n${lines.map((line) => `    ${visibleLine(line)}\n`).join('')}`;
}

function layout({ isTerminal, columns }: Output): { pretty: boolean; columns: number } {
  return { pretty: isTerminal, columns };
}

function invalid(argument: string, reason: string): BulkheadError {
  return new BulkheadError('ARGUMENT_INVALID', { argument, reason });
}

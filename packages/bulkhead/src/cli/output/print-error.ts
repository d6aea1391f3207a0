import type { BulkheadError } from '../../errors/bulkhead-error.ts';
import type { Blame } from '../../errors/catalogue/entry.ts';
import { asBulkheadError } from '../../errors/as-bulkhead-error.ts';
import { visibleText } from '../../lifecycle/visible-text.ts';
import { causesOf, errorView } from '../../views/error-view.ts';
import { jsonText } from '../../views/json-text.ts';
import type { Output, Terminal } from './terminal.ts';

/** Bounds what is shown, so that the error itself stays on the screen. */
const MOST_TRACEBACK_LINES = 40;
const MOST_OUTPUT_LINES = 20;
const MOST_CAUSES = 5;

export interface PrintOptions {
  /** The plugin's lines were shown as they came. */
  readonly linesWereShown?: boolean;
}

/** On standard error: for people, or with `--json` as one line of JSON. */
export function printError(thrown: unknown, { error: output, json }: Terminal, options: PrintOptions = {}): void {
  const error = asBulkheadError(thrown);
  output.write(json ? `${jsonText(errorView(error), { pretty: false })}\n` : errorText(error, output, options));
}

function errorText(error: BulkheadError, output: Output, { linesWereShown = false }: PrintOptions): string {
  const { colours } = output;
  const [first = '', ...rest] = visibleText(error.message).split('\n');
  const lines = [
    `${colours.red(colours.bold('error:'))} ${colours.bold(first)}`,
    ...rest,
    `  ${colours.dim(`${WHOSE_FAULT[error.blame]} (${error.code})`)}`,
    ...(error.advice === '' ? [] : [`  ${visibleText(error.advice)}`]),
    ...traceback(error),
    ...causes(error),
    ...(linesWereShown ? [] : lastLines(error)),
  ];
  return `${lines.join('\n')}\n`;
}

const WHOSE_FAULT: Readonly<Record<Blame, string>> = {
  plugin: 'The fault is in the plugin',
  user: 'The fault is in what was asked for',
  environment: 'The fault is in what this machine or the package index offers',
  bulkhead: 'The fault is in Bulkhead',
};

function traceback({ context }: BulkheadError): string[] {
  return context.remoteTraceback === undefined ? [] : ['', ...indented(context.remoteTraceback, MOST_TRACEBACK_LINES)];
}

function causes({ cause, code, message }: BulkheadError): string[] {
  return causesOf(cause)
    .filter((error) => code === 'INTERNAL' || addsTo(message, error))
    .slice(0, MOST_CAUSES)
    .flatMap((error) => {
      // exceptions of plugins and bugs of ours need their stack; system errors are clear from their message
      const tells = error.stack !== undefined && (code === 'INTERNAL' || error.stack.startsWith('Traceback'));
      return ['', '  caused by:', ...indented(tells ? (error.stack ?? '') : error.message, MOST_TRACEBACK_LINES)];
    });
}

/** Leaves out causes such as "no such file", which the message has said in better words. */
function addsTo(message: string, error: Error): boolean {
  return (
    (error.stack?.startsWith('Traceback') === true || !message.includes(error.message)) &&
    !['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')
  );
}

function lastLines({ context: { lastLines = [], plugin, instance } }: BulkheadError): string[] {
  if (lastLines.length === 0) return [];
  const whose = `${plugin ?? 'the plugin'}${instance === undefined ? '' : ` (${instance.name})`}`;
  return [
    '',
    `  last lines of ${whose}:`,
    ...lastLines.slice(-MOST_OUTPUT_LINES).map((line) => `  | ${visibleText(line)}`),
  ];
}

/** The end says most; of the beginning a few lines are kept. */
function indented(text: string, most: number): string[] {
  const lines = visibleText(text.trimEnd()).split('\n');
  const shown =
    lines.length <= most
      ? lines
      : [...lines.slice(0, 5), `… ${lines.length - most} lines left out`, ...lines.slice(5 - most)];
  return shown.map((line) => `  ${line}`);
}

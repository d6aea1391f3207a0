import { BulkheadError, isBulkheadError } from '../../errors/bulkhead-error.ts';
import type { Blame } from '../../errors/catalogue/entry.ts';
import { asReason } from '../../errors/as-reason.ts';
import { jsonText } from './json-text.ts';
import { type Output, type Terminal, visible } from './terminal.ts';

/** What is shown at most, so that what happened stays on the screen. */
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
  output.write(json ? `${jsonText(errorObject(error), { pretty: false })}\n` : errorText(error, output, options));
}

/** Anything else than a BulkheadError is a mistake of ours. */
function asBulkheadError(thrown: unknown): BulkheadError {
  if (isBulkheadError(thrown)) return thrown;
  const reason = asReason(thrown instanceof Error ? thrown.message : String(thrown));
  return new BulkheadError('INTERNAL', { reason }, { cause: thrown });
}

/** An error in JSON; `--help` promises its first keys. */
export function errorObject(error: unknown): Readonly<Record<string, unknown>> {
  const { code, blame, message, advice, retryable, details, context, cause } = asBulkheadError(error);
  const causes = chainOf(cause).map(({ name, message, stack }) => ({ type: name, message, stack }));
  return { code, blame, message, advice, retryable, details, ...context, causes };
}

function errorText(error: BulkheadError, output: Output, { linesWereShown = false }: PrintOptions): string {
  const { colours } = output;
  const [first = '', ...rest] = visible(error.message).split('\n');
  const lines = [
    `${colours.red(colours.bold('error:'))} ${colours.bold(first)}`,
    ...rest,
    `  ${colours.dim(`${WHOSE_FAULT[error.blame]} (${error.code})`)}`,
    ...(error.advice === '' ? [] : [`  ${visible(error.advice)}`]),
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
  return chainOf(cause)
    .filter((error) => addsTo(message, error))
    .slice(0, MOST_CAUSES)
    .flatMap((error) => {
      // an exception of the plugin, or a mistake of ours, is understood by where it was raised; a system error by what it says
      const tells = error.stack !== undefined && (code === 'INTERNAL' || error.stack.startsWith('Traceback'));
      return ['', '  caused by:', ...indented(tells ? (error.stack ?? '') : error.message, MOST_TRACEBACK_LINES)];
    });
}

/** "No such file" and "exists already" are what the message has said in better words. */
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
    ...lastLines.slice(-MOST_OUTPUT_LINES).map((line) => `  | ${visible(line)}`),
  ];
}

/** The end says most; of the beginning a few lines are kept. */
function indented(text: string, most: number): string[] {
  const lines = visible(text.trimEnd()).split('\n');
  const shown =
    lines.length <= most
      ? lines
      : [...lines.slice(0, 5), `… ${lines.length - most} lines left out`, ...lines.slice(5 - most)];
  return shown.map((line) => `  ${line}`);
}

function chainOf(cause: unknown): Error[] {
  const chain: Error[] = [];
  for (let next = cause; next instanceof Error && !chain.includes(next); next = next.cause) chain.push(next);
  return chain;
}

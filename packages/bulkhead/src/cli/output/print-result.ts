import { visibleText } from '../../lifecycle/visible-text.ts';
import { jsonText } from '../../views/json-text.ts';
import type { Terminal } from './terminal.ts';

/** Prints the result of a call on standard output; of a stream each chunk as it comes. */
export async function printResult(result: unknown, terminal: Terminal): Promise<void> {
  const results = isStream(result) ? result : [result];
  for await (const each of results) terminal.out.write(`${resultText(each, terminal)}\n`);
}

/** Whether the result of a call is one that comes bit by bit. */
export function isStream(result: unknown): result is AsyncIterable<unknown> {
  return typeof result === 'object' && result !== null && Symbol.asyncIterator in result;
}

/** One line of JSON for programs; for people JSON they can read, and text as it is. */
function resultText(result: unknown, { out, json }: Terminal): string {
  if (json || !out.isTerminal) return jsonText(result, { pretty: false });
  return typeof result === 'string' ? visibleText(result) : jsonText(result, { pretty: true, columns: out.columns });
}

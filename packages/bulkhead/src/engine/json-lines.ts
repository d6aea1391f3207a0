import { StringDecoder } from 'node:string_decoder';

/** Characters. Builders cut what programs write into pieces of some ten thousand. */
const LONGEST_LINE = 1024 * 1024;

/**
 * The values of a stream of lines of JSON, as an engine tells a build, or events. What is no JSON is left out: half a line, of an
 * engine that went away. A reader that stops early ends the stream.
 *
 * @throws Error of the stream
 */
export async function* jsonLines(stream: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST_LINE) throw new Error('a line of its answer is longer than 1 MiB');
    for (const line of lines) yield* valueOf(line);
  }
  yield* valueOf(rest);
}

function* valueOf(line: string): Generator<unknown> {
  if (line.trim() === '') return;
  try {
    yield JSON.parse(line);
  } catch {
    // as said
  }
}

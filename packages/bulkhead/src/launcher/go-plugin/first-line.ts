import { Buffer } from 'node:buffer';
import { Readable } from 'node:stream';
import { deferred, type Deferred } from '../../lifecycle/deferred.ts';

/** Bytes: a certificate is some hundreds of them. */
const LONGEST_LINE = 16_384;
const LINE_FEED = 10;

/** The line that a program writes first on standard output, which is meant for the host. */
export class FirstLine {
  readonly #read: Deferred<string | undefined> = deferred();

  /** Without its end; undefined when there was none: the output has ended, or the line is too long. */
  get text(): Promise<string | undefined> {
    return this.#read.promise;
  }

  /** @returns what comes behind it, or all of it where it is no line of that kind */
  async take(stdout: Readable, isMeant: (line: string) => boolean): Promise<Readable> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of stdout.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (chunk.includes(LINE_FEED) || length > LONGEST_LINE) break;
    }
    const read = Buffer.concat(chunks);
    const end = read.indexOf(LINE_FEED);
    const line = end < 0 ? undefined : read.toString('utf8', 0, end).trim();
    const text = line ?? (read.length > LONGEST_LINE ? read.toString('utf8', 0, LONGEST_LINE) : undefined);
    this.#read.resolve(text);
    const isTaken = line !== undefined && isMeant(line);
    return Readable.from(joined(isTaken ? read.subarray(end + 1) : read, stdout));
  }
}

async function* joined(first: Buffer, rest: Readable): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first;
  yield* rest as AsyncIterable<Buffer>;
}

import { createReadStream, type Stats } from 'node:fs';
import { Readable } from 'node:stream';

/** A file, folder or symbolic link that goes into an archive. */
export interface ArchiveEntry {
  /** Relative, with slashes. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly stats: Stats;
  /** What a symbolic link says; undefined of all else. */
  readonly target: string | undefined;
}

const BLOCK = 512;

/**
 * A tar archive (POSIX pax) of these entries, owned by root, read as it is sent.
 *
 * @throws Error while it is read, when a file has changed its size meanwhile
 */
export function tarArchive(entries: readonly ArchiveEntry[]): Readable {
  return Readable.from(blocks(entries), { objectMode: false });
}

async function* blocks(entries: readonly ArchiveEntry[]): AsyncGenerator<Buffer> {
  for (const entry of entries) {
    const { stats, target, path, name } = entry;
    const isFile = stats.isFile();
    const size = isFile ? stats.size : 0;
    // Names and links may be longer than the fields of a header, and be in any script; sizes may be larger.
    const extended = paxRecords({
      path: name,
      size: String(size),
      ...(target === undefined ? {} : { linkpath: target }),
    });
    yield* padded(header('pax', extended.length, 0o644, 0, 'x'), extended);
    const type = isFile ? '0' : target === undefined ? '5' : '2';
    yield header(shortened(name), size, stats.mode & 0o7777, Math.floor(stats.mtimeMs / 1000), type);
    if (isFile) yield* contentOf(path, size);
  }
  yield Buffer.alloc(2 * BLOCK);
}

async function* contentOf(path: string, size: number): AsyncGenerator<Buffer> {
  let read = 0;
  if (size > 0)
    for await (const chunk of createReadStream(path, { end: size - 1 }) as AsyncIterable<Buffer>) {
      read += chunk.length;
      yield chunk;
    }
  if (read !== size) throw new Error(`${path} was changed while it was sent`);
  yield padding(size);
}

function* padded(head: Buffer, content: Buffer): Generator<Buffer> {
  yield head;
  yield content;
  yield padding(content.length);
}

function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

/** Each with its own length in front, which counts itself. */
function paxRecords(fields: Readonly<Record<string, string>>): Buffer {
  const records = Object.entries(fields).map(([key, value]) => {
    const rest = Buffer.byteLength(` ${key}=${value}\n`);
    let length = rest + String(rest).length;
    if (String(length).length > String(rest).length) length = rest + String(length).length;
    return `${length} ${key}=${value}\n`;
  });
  return Buffer.from(records.join(''));
}

/** What readers without pax see. */
function shortened(name: string): string {
  return Buffer.from(name).subarray(-100).toString('latin1');
}

/** Of ustar: fields of fixed width, numbers in octal. */
function header(name: string, size: number, mode: number, time: number, type: string): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, width: number): unknown =>
    block.write(
      value
        .toString(8)
        .padStart(width - 1, '0')
        .slice(-(width - 1)),
      at,
      'latin1',
    );
  block.write(name, 0, 100, 'latin1');
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(time, 136, 12);
  block.write(' '.repeat(8), 148, 'latin1');
  block.write(type, 156, 'latin1');
  block.write('ustar\u000000', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

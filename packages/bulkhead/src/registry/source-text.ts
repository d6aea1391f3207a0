import { isUtf8 } from 'node:buffer';
import type { Mistake } from '../errors/catalogue/registry.ts';
import { decodeText, encodingOf } from '../lifecycle/decode-text.ts';
import { readRegularFile } from '../lifecycle/read-regular-file.ts';

/** Parsing takes seconds for each MiB of hostile YAML; the largest sensible file is far below this. */
const LARGEST_FILE = 1024 * 1024;

export type SourceText = { readonly text: string; readonly mistake?: undefined } | { readonly mistake: Mistake };

/**
 * Reads a text file that a person wrote.
 *
 * @throws the file system's own error when it is not there, is no file, or can't be read.
 */
export async function readSourceText(file: string): Promise<SourceText> {
  const bytes = await readRegularFile(file, LARGEST_FILE).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'EFBIG') return undefined;
    throw error;
  });
  if (bytes === undefined)
    return { mistake: { file, line: 1, column: 1, message: `the file has more than ${LARGEST_FILE} bytes` } };
  const encoding = encodingOf(bytes);
  if (encoding !== 'utf-8')
    return { mistake: { file, line: 1, column: 1, message: 'the file is in UTF-16; save it as UTF-8' } };
  const text = decodeText(bytes);
  const index = firstUnreadable(text, bytes);
  return index === undefined
    ? { text }
    : { mistake: { file, ...positionAt(text, index), message: describe(text, index) } };
}

function firstUnreadable(text: string, bytes: Uint8Array): number | undefined {
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  const control = text.search(/[\0-\x08\x0b\x0c\x0e-\x1f]/);
  const replaced = isUtf8(bytes) ? -1 : text.indexOf('\ufffd');
  const found = [control, replaced].filter((index) => index >= 0);
  return found.length === 0 ? undefined : Math.min(...found);
}

function describe(text: string, index: number): string {
  if (text[index] === '\ufffd') return 'expected text in UTF-8, found bytes that are not';
  const code = text.charCodeAt(index).toString(16).toUpperCase().padStart(4, '0');
  return `expected text, found the control character U+${code}`;
}

/** 1-based, of an offset into a text. */
export function positionAt(text: string, index: number): { line: number; column: number } {
  const lines = text.slice(0, index).split(/\r\n|\r|\n/);
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}

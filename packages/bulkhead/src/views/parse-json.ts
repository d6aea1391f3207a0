import { randomUUID } from 'node:crypto';

/** JSON as `jsonText` writes it: integers beyond 2^53 become bigint, `{"$bytes": "base64"}` bytes. @throws SyntaxError */
export function parseJson(text: string): unknown {
  JSON.parse(text); // so that a SyntaxError speaks of the original text
  // JSON.parse rounds such integers before a reviver sees them (its `context.source` is not in Node 20)
  const mark = `${randomUUID()}:`;
  const marked = text.replace(STRING_OR_NUMBER, (token) =>
    isLargeInteger(token) ? JSON.stringify(mark + token) : token,
  );
  return JSON.parse(marked, (_key, value: unknown) => {
    if (typeof value === 'string') return value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value;
    return bytesOf(value) ?? value;
  });
}

const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

function isLargeInteger(token: string): boolean {
  return /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token));
}

function bytesOf(value: unknown): Uint8Array | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const keys = Object.keys(value);
  const base64: unknown =
    keys.length === 1 && keys[0] === '$bytes' ? (value as Record<string, unknown>)['$bytes'] : undefined;
  return typeof base64 === 'string' ? new Uint8Array(Buffer.from(base64, 'base64')) : undefined;
}

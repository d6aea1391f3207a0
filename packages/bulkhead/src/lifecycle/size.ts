/** The texts that `parseSize` takes; also the pattern in the registry's JSON Schema. */
export const SIZE_PATTERN: RegExp = /^[0-9]{1,15}(\.[0-9]{1,6})? ?(B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)?$/;

/** For messages: "expected …". */
export const SIZE_FORM = 'a size such as 64MiB, 500MB or 2GB, or a number of bytes';

/** SI prefixes are powers of 1000, IEC prefixes of 1024 (IEC 80000-13); Docker's own `2g` is what is 2GiB here. */
const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  TB: 1000 ** 4,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

/** Bytes, from text such as `64MiB` or `2GB`, or from a number of bytes; undefined when it is none. */
export function parseSize(value: string | number): number | undefined {
  if (typeof value === 'number') return whole(value);
  if (!SIZE_PATTERN.test(value)) return undefined;
  const unit = /[A-Za-z]+$/.exec(value)?.[0] ?? 'B';
  return whole(Math.round(Number.parseFloat(value) * (UNITS[unit] ?? Number.NaN)));
}

/** For people, in the unit that makes the smallest whole number: `512 MiB`, `2 GB`. */
export function sizeInWords(bytes: number): string {
  const [name, unit] = Object.entries(UNITS)
    .filter(([, each]) => bytes % each === 0 && bytes >= each)
    .toSorted(([, one], [, other]) => other - one)[0] ?? ['B', 1];
  return bytes / unit < 10_000 ? `${bytes / unit} ${name}` : `${Math.round(bytes / 1000 ** 2)} MB`;
}

function whole(bytes: number): number | undefined {
  return Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : undefined;
}

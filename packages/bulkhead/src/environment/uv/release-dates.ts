import { parse } from 'smol-toml';
import { normaliseName } from '../../requirements/package-name.ts';
import { isTable, textAt, type TomlTable } from '../requirements/toml-table.ts';

/** When the locked version of each package was published: RFC 3339, by normalised name. */
export type ReleaseDates = ReadonlyMap<string, string>;

/** From the `upload-time`s that uv writes into its lock file, and into pylock.toml; older versions of uv wrote none. */
export function releaseDates(lock: string | undefined): ReleaseDates {
  const dates = new Map<string, string>();
  if (lock === undefined) return dates;
  const document = parse(lock);
  for (const entry of tablesIn(document['package'] ?? document['packages'])) {
    const earliest = releaseDate(entry);
    const name = textAt(entry, 'name');
    if (name !== undefined && earliest !== undefined) dates.set(normaliseName(name), earliest);
  }
  return dates;
}

/** Of a `[[package]]`. */
export function releaseDate(entry: TomlTable): string | undefined {
  const files = [...tablesIn([entry['sdist']]), ...tablesIn(entry['wheels'])];
  return files.flatMap((file) => uploadTime(file) ?? []).toSorted()[0];
}

function uploadTime(file: TomlTable): string | undefined {
  const time = file['upload-time'];
  return time instanceof Date ? time.toISOString() : textAt(file, 'upload-time');
}

export function tablesIn(value: unknown): TomlTable[] {
  return Array.isArray(value) ? value.filter(isTable) : [];
}

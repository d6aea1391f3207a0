/** Reading of parsed TOML, where anything may stand anywhere. */
export type TomlTable = Readonly<Record<string, unknown>>;

/** The table under `path`; empty when there is none. */
export function tableAt(value: unknown, ...path: readonly string[]): TomlTable {
  let inner: unknown = value;
  for (const key of path) inner = isTable(inner) ? inner[key] : undefined;
  return isTable(inner) ? inner : {};
}

export function isTable(value: unknown): value is TomlTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

export function textAt(table: TomlTable, key: string): string | undefined {
  const value = table[key];
  return typeof value === 'string' ? value : undefined;
}

export function textsAt(table: TomlTable, key: string): readonly string[] {
  const value = table[key];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

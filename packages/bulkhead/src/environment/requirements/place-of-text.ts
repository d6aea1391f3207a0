/** Where a requirement is written. Line and column are 1-based. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Each is looked for in the whole file: people read the place of one, not of thousands. */
const MOST_PLACED = 1000;

/** The first place of each text in a file, as it is written there; those that are written otherwise are left out. */
export function placesOfTexts(texts: readonly string[], file: string, source: string): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  if (texts.length > MOST_PLACED) return places;
  const lines = source.split('\n');
  for (const text of texts) {
    const quoted = [`"${text}"`, `'${text}'`];
    const index = lines.findIndex((line) => quoted.some((each) => line.includes(each)));
    const line = lines[index];
    if (line !== undefined) places.set(text, { file, line: index + 1, column: line.indexOf(text) + 1 });
  }
  return places;
}

/** Where a requirement is written. Line and column are 1-based. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Each is looked for in the whole file: people read the place of one, not of thousands. */
const MOST_PLACED = 1000;

/** The first place of each text in a file, on one line and between quotes; those that are written otherwise are left out. */
export function placesOfTexts(texts: readonly string[], file: string, source: string): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  if (texts.length > MOST_PLACED) return places;
  const lines = source.split('\n');
  for (const text of texts) {
    const quoted = spellingsOf(text).flatMap((each) => [`"${each}"`, `'${each}'`]);
    const index = lines.findIndex((line) => quoted.some((each) => line.includes(each)));
    const line = lines[index];
    if (line === undefined) continue;
    const column = Math.max(...spellingsOf(text).map((each) => line.indexOf(each))) + 1;
    places.set(text, { file, line: index + 1, column });
  }
  return places;
}

/** A text as files spell it: as it is, with escapes between double quotes, with each quote twice between single ones. */
export function spellingsOf(text: string): string[] {
  return [...new Set([text, JSON.stringify(text).slice(1, -1), text.replaceAll("'", "''")])];
}

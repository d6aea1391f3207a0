/** A longer text is hardly met twice. */
const LONGEST = 200;

/**
 * A function of a text that remembers what it made of those that it was asked for before: a thousand plugins ask for the same few
 * things. It forgets them all when there are too many.
 */
export function remembered<Made>(make: (text: string) => Made, most = 1000): (text: string) => Made {
  const known = new Map<string, Made>();
  return (text) => {
    if (text.length > LONGEST) return make(text);
    const found = known.get(text);
    if (found !== undefined || known.has(text)) return found as Made;
    const made = make(text);
    if (known.size >= most) known.clear();
    known.set(text, made);
    return made;
  };
}

/** A value that the registry took from an environment variable of the host. */
export interface Secret {
  readonly variable: string;
  readonly value: string;
}

/** A text with each secret in it replaced by `${env:NAME}`. */
export type HideSecrets = (text: string) => string;

/** Shorter values would be found in half of all texts: `1`, `true`, `debug`. */
const SHORTEST_SECRET = 6;

/**
 * What a plugin writes may hold the secrets that it was given. They are looked for as they are, and as JSON, a `repr` of Python
 * or an address would write them; each line of a longer one by itself, because output comes line by line. It has to be done
 * before a text is cut or made visible, which would break a secret apart.
 */
export function hideSecrets(secrets: readonly Secret[]): HideSecrets {
  const variables = new Map(
    secrets.flatMap(({ variable, value }) => formsOf(value).map((form) => [form, variable] as const)),
  );
  if (variables.size === 0) return nothingToHide;
  // Of two that begin alike the longer has to be replaced first.
  const replacements = [...variables].toSorted(([one], [other]) => other.length - one.length);
  const mayHold = anyBeginning([...variables.keys()]);
  return (text) => {
    if (!mayHold(text)) return text;
    let hidden = text;
    for (const [form, variable] of replacements) hidden = hidden.replaceAll(form, () => `\${env:${variable}}`);
    return hidden;
  };
}

/** More alternatives in one expression are slower than looking for each. */
const MOST_ALTERNATIVES = 1000;

/** Nearly all texts hold no secret, which one look at them tells. Whole secrets would be too large for one expression. */
function anyBeginning(forms: readonly string[]): (text: string) => boolean {
  const beginnings = [...new Set(forms.map((form) => form.slice(0, SHORTEST_SECRET)))];
  if (beginnings.length > MOST_ALTERNATIVES) return () => true;
  const any = new RegExp(beginnings.map(literally).join('|'));
  return (text) => any.test(text);
}

function nothingToHide(text: string): string {
  return text;
}

/** Looking through more of a value would keep the host from its other work. */
const MOST_VALUES = 10_000;
const MOST_CHARACTERS = 1_000_000;
const LEFT_OUT = 'left out: too much to look for secrets in it';

/** The same for all text in a value of a plugin, at any depth of mappings and lists. What is too much to look through is left out. */
export function hideInValue(value: unknown, hide: HideSecrets): unknown {
  if (hide === nothingToHide) return value;
  let valuesLeft = MOST_VALUES;
  let charactersLeft = MOST_CHARACTERS;
  const inText = (text: string): string => {
    charactersLeft -= text.length;
    return charactersLeft < 0 ? LEFT_OUT : hide(text);
  };
  const inside = (found: unknown): unknown => {
    valuesLeft -= 1;
    if (typeof found === 'string') return inText(found);
    if (typeof found !== 'object' || found === null) return found;
    if (valuesLeft < 0) return LEFT_OUT;
    if (Array.isArray(found)) return found.map(inside);
    if (Object.getPrototypeOf(found) !== Object.prototype) return found;
    return Object.fromEntries(Object.entries(found).map(([key, item]) => [inText(key), inside(item)]));
  };
  return inside(value);
}

function formsOf(value: string): string[] {
  const parts = [value.trim(), ...value.split('\n').map((line) => line.trim())];
  const forms = parts.flatMap((part) => {
    const json = JSON.stringify(part).slice(1, -1);
    const repr = part.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');
    return [part, json, inAscii(json), repr, repr.replaceAll("'", "\\'"), ...inAddress(part)];
  });
  return [...new Set(forms)].filter((form) => form.length >= SHORTEST_SECRET);
}

/** As Python's `json.dumps` writes it. */
function inAscii(json: string): string {
  return json.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** As JavaScript writes it, and as Python's `urllib.parse.quote` and `quote_plus` do. */
function inAddress(part: string): string[] {
  // Half a surrogate pair, which no variable of a process holds, would be an error.
  const encoded = encodeURIComponent(Buffer.from(part).toString());
  const strict = encoded.replaceAll(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  return [encoded, strict.replaceAll('%2F', '/'), strict.replaceAll('%20', '+')];
}

function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}

import type { HideSecrets } from './hide-secrets.ts';

/**
 * Makes a text of a plugin, a tool or a peer safe to show: what would act on a terminal, or change the order in which a text is
 * read, becomes visible as `\x1b` or `\u202e`. Line breaks stay. Text that is visible already stays as it is.
 *
 * @param longest characters; of a longer text the beginning is kept, and it says how many are left out
 * @param hide for the secrets in a plugin's text, which have to be found before anything in it changes
 */
export function visibleText(
  text: string,
  longest: number = Number.POSITIVE_INFINITY,
  hide: HideSecrets = asItIs,
): string {
  return cut(text, longest, hide).replace(ACTING, visible);
}

/** As `visibleText`, for one line: line breaks become visible, too. */
export function visibleLine(
  text: string,
  longest: number = Number.POSITIVE_INFINITY,
  hide: HideSecrets = asItIs,
): string {
  return cut(text, longest, hide).replace(ACTING_IN_LINE, visible);
}

function asItIs(text: string): string {
  return text;
}

/**
 * Control characters (C0 but for tab and line feed, DEL, C1), line separators, and the marks that turn the direction of text
 * around, with which one text can look like another.
 */
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const ACTING = /\r\n|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
// oxlint-disable-next-line no-control-regex -- and line feeds
const ACTING_IN_LINE = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

const NAMED = new Map([
  ['\r\n', '\n'],
  ['\n', '\\n'],
  ['\r', '\\r'],
]);

function visible(found: string): string {
  const named = NAMED.get(found);
  if (named !== undefined) return named;
  const code = found.charCodeAt(0);
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

function cut(text: string, longest: number, hide: HideSecrets): string {
  if (text.length <= longest) return hide(text);
  const kept = text.slice(0, longest);
  // not between the halves of one character
  const whole = /[\ud800-\udbff]$/.test(kept) ? kept.slice(0, -1) : kept;
  return `${hide(whole)}… (${text.length - whole.length} more characters)`;
}

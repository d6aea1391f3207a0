/** Says what is wrong with a text that is not JSON, in words for people who typed it or wrote its file; no full stop. */
export function explainNotJson(text: string, error: Error): string {
  const advice = adviceOn(text, error.message);
  return `${error.message}${advice === undefined ? '' : `. ${advice}`}`;
}

function adviceOn(text: string, message: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return 'It is empty; without an input leave the option out';
  if (/^'.*'$/s.test(trimmed) && trimmed.length > 1)
    return `The single quotes have come along: in cmd.exe write --input "{\\"name\\": \\"Ada\\"}", or put it into a file and name that: --input @FILE`;
  if (/after JSON/.test(message)) return 'If these are several values, one on each line, give them as --input-lines';
  if (/(?:^|[\s{[,])(?:\/\/|\/\*|#)/.test(withoutTexts(trimmed))) return 'JSON has no comments';
  if (/,\s*[}\]]/.test(withoutTexts(trimmed))) return 'JSON has no comma before } and ]';
  if (/\b(?:True|False|None|NaN|Infinity)\b/.test(withoutTexts(trimmed)))
    return 'JSON writes true, false and null, and has neither NaN nor Infinity';
  if (/[{,]\s*'/.test(trimmed) || /^\[\s*'/.test(trimmed)) return 'JSON puts text and keys into double quotes';
  return /[{,]\s*[A-Za-z_]\w*\s*:/.test(withoutTexts(trimmed)) ? 'JSON puts keys into double quotes' : undefined;
}

/** What looks like syntax inside a text is none. */
function withoutTexts(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"/g, '""');
}

/**
 * Whether a page shows what was really printed. JSON is compared by value, however it is laid out; of other output, each
 * line shown has to be there, in that order. `…` stands for anything: in a line, or alone for any lines.
 *
 * @returns the first line that is missing
 */
export function missingLine(shown: string, streams: readonly string[]): string | undefined {
  if (streams.some((printed) => isSameJson(shown, printed))) return undefined;
  const cursors = streams.map((text) => ({ lines: text.split('\n').map(plain), next: 0 }));
  for (const line of shown.split('\n').map(plain)) {
    if (line === '' || line === '…') continue;
    const found = cursors.find((cursor) => {
      const index = cursor.lines.findIndex((printed, position) => position >= cursor.next && isSameLine(line, printed));
      if (index === -1) return false;
      cursor.next = index + 1;
      return true;
    });
    if (found === undefined) return line;
  }
  return undefined;
}

function plain(line: string): string {
  return line.trim().replace(/\s+/g, ' ');
}

function isSameLine(shown: string, printed: string): boolean {
  if (isSameJson(shown, printed)) return true;
  const pattern = shown
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join('.*');
  return new RegExp(`^${pattern}$`).test(printed);
}

function isSameJson(left: string, right: string): boolean {
  const [one, other] = [parsed(left), parsed(right)];
  return one !== undefined && JSON.stringify(one) === JSON.stringify(other);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

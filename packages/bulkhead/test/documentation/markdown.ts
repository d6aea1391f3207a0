/** A fenced block. */
export interface Sample {
  /** First word of its info string, such as `python`; empty when there is none. */
  readonly language: string;
  /** The further words of the info string: `file=app.ts` is `file` to `app.ts`, `continues` is `continues` to the empty text. */
  readonly words: ReadonlyMap<string, string>;
  readonly text: string;
  /** Of the opening fence, 1-based. */
  readonly line: number;
  /** Whether nothing stands between it and the sample before it. */
  readonly adjacent: boolean;
}

const FENCE = /^(\s*)(`{3,}|~{3,})(.*)$/;

export function samplesOf(markdown: string): Sample[] {
  const samples: Sample[] = [];
  let open:
    | { indent: string; fence: string; info: string; line: number; adjacent: boolean; lines: string[] }
    | undefined;
  let adjacent = false;
  for (const [index, line] of markdown.split('\n').entries()) {
    const [, indent = '', fence = '', info = ''] = FENCE.exec(line) ?? [];
    if (open === undefined) {
      if (fence !== '') open = { indent, fence, info: info.trim(), line: index + 1, adjacent, lines: [] };
      else if (line.trim() !== '') adjacent = false;
    } else if (fence.startsWith(open.fence) && info.trim() === '') {
      samples.push({
        ...readInfo(open.info),
        text: `${open.lines.join('\n')}\n`,
        line: open.line,
        adjacent: open.adjacent,
      });
      open = undefined;
      adjacent = true;
    } else {
      open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
    }
  }
  if (open !== undefined) throw new Error(`the block that begins in line ${open.line} has no end`);
  return samples;
}

function readInfo(info: string): Pick<Sample, 'language' | 'words'> {
  const [language = '', ...words] = info.match(/(?:[^\s"]|"[^"]*")+/g) ?? [];
  const pair = (word: string): [string, string] => {
    const [name = '', ...value] = word.split('=');
    return [name, value.join('=').replaceAll('"', '')];
  };
  return { language, words: new Map(words.map(pair)) };
}

/** What a link in the page may lead to, as GitHub makes it of headings: `#a-heading`. */
export function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, text = ''] of prose(markdown).matchAll(/^#{1,6}\s+(.*?)\s*#*$/gm)) {
    const plain = text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    const slug = plain
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  for (const [, anchor = ''] of markdown.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(anchor);
  return anchors;
}

/** Targets of its links and pictures, inline and by reference. */
export function linksOf(markdown: string): string[] {
  const text = prose(markdown).replace(/`[^`\n]*`/g, '``');
  const inline = [...text.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)];
  const reference = [...text.matchAll(/^\s*\[[^\]]+\]:\s*(\S+)/gm)];
  const html = [...text.matchAll(/<(?:a|img)\s[^>]*?(?:href|src)="([^"]+)"/g)];
  return [...inline, ...reference, ...html].map(([, target = '']) => target);
}

/** The page without its fenced blocks. */
function prose(markdown: string): string {
  let fence: string | undefined;
  return markdown
    .split('\n')
    .filter((line) => {
      const [, , found = '', info = ''] = FENCE.exec(line) ?? [];
      if (fence === undefined) {
        if (found !== '') fence = found;
        return found === '';
      }
      if (found.startsWith(fence) && info.trim() === '') fence = undefined;
      return false;
    })
    .join('\n');
}

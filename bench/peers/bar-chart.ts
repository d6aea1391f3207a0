/** One bar. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  /** The bar that the chart is about, or the least that is possible. */
  readonly role?: 'ours' | 'floor';
}

export interface BarChart {
  readonly title: string;
  /** What the numbers are, and which way is better. */
  readonly subtitle: string;
  readonly bars: readonly Bar[];
  format(value: number): string;
}

const WIDTH = 640;
const MARGIN = 16;
const NAMES = 136;
const VALUES = 72;
const HEAD = 60;
const ROW = 26;
const BAR = 16;
const LONGEST = WIDTH - 2 * MARGIN - NAMES - VALUES;

/** Follows the reader's colour scheme, also as an image in a page. */
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 16px; font-weight: 600; }
  .subtitle, .floor-text { fill: #59636e; }
  .ours-text { font-weight: 600; }
  .page { fill: #ffffff; }
  .peer { fill: #afb8c1; }
  .floor { fill: none; stroke: #818b98; stroke-dasharray: 3 2; }
  .ours { fill: #0969da; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .subtitle, .floor-text { fill: #9198a1; }
    .page { fill: #0d1117; }
    .peer { fill: #59636e; }
    .floor { stroke: #818b98; }
    .ours { fill: #4493f8; }
  }`;

/** Draws horizontal bars from zero, as an SVG image; each bar says its number, so that nobody has to measure it. */
export function barChart({ title, subtitle, bars, format }: BarChart): string {
  const height = HEAD + bars.length * ROW + MARGIN;
  const most = Math.max(...bars.map(({ value }) => value));
  const rows = bars.map(({ name, value, role = 'peer' }, index) => {
    const top = HEAD + index * ROW;
    const length = Math.max(1, (value / most) * LONGEST).toFixed(1);
    const middle = top + BAR - 3;
    return `  <text class="${role}-text" x="${MARGIN + NAMES - 8}" y="${middle}" text-anchor="end">${escaped(name)}</text>
  <rect class="${role}" x="${MARGIN + NAMES}" y="${top}" width="${length}" height="${BAR}"/>
  <text class="${role}-text" x="${(MARGIN + NAMES + Number(length) + 6).toFixed(1)}" y="${middle}">${escaped(format(value))}</text>`;
  });
  const told = bars.map(({ name, value }) => `${name} ${format(value)}`).join(', ');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title told">
  <title id="title">${escaped(title)}</title>
  <desc id="told">${escaped(`${subtitle}: ${told}`)}</desc>
  <style>${STYLE}
  </style>
  <rect class="page" width="${WIDTH}" height="${height}" rx="6"/>
  <text class="title" x="${MARGIN}" y="28">${escaped(title)}</text>
  <text class="subtitle" x="${MARGIN}" y="47">${escaped(subtitle)}</text>
${rows.join('\n')}
</svg>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

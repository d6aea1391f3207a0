import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { charts } from './charts.ts';
import { type Measured, page } from './page.ts';
import { summaryForReadme } from './readme-summary.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Writes docs/benchmarks.md with its charts, and the sentence about speed in the README. @returns the paths written */
export async function publish(measured: Measured): Promise<readonly string[]> {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const texts = new Map([
    ['docs/benchmarks.md', page(measured)],
    ...[...charts(measured.peers)].map(([path, svg]) => [join('docs', path), svg] as const),
    ['README.md', summaryForReadme(readme, measured)],
  ]);
  for (const [path, text] of texts) {
    await mkdir(dirname(join(ROOT, path)), { recursive: true });
    await writeFile(join(ROOT, path), text);
  }
  return [...texts.keys()];
}

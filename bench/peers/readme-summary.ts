import type { Measured } from './page.ts';

const BEGIN = '<!-- Written by `npm run bench -- --peers --publish`. -->';
const END = '<!-- End of what `npm run bench` writes. -->';

/** The README with what this run measured between its two marks. @throws Error where a mark or a measurement is missing */
export function summaryForReadme(readme: string, { figures, peers }: Measured): string {
  const warm = figures.find(({ name }) => name === 'warm_call_p50_ratio');
  const own = peers.find(({ name }) => name === 'Bulkhead');
  const afterKill = own?.killed?.match(/\(after (\d+ ms)\)$/)?.[1];
  if (warm === undefined || afterKill === undefined) throw new Error('the README names what this run did not measure');
  const [before, rest] = readme.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`README.md has not both marks:\n${BEGIN}\n${END}`);
  const text = `On one processor a small call takes ${warm.ours.p50.toFixed(1)} µs there and back, ${warm.value.toFixed(2)} times what a bare socket takes. When a
plugin is killed in the middle of one, its caller knows why after ${afterKill}.`;
  return `${before}${BEGIN}\n${text}\n${END}${after}`;
}

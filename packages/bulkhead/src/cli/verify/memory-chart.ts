import type { VerifiedSeries } from '../../verification/verification.ts';

/** Of the drawing, in units of its own: the page scales it. */
const SIZE = { width: 700, height: 170, left: 74, right: 10, top: 12, bottom: 26 };
const MIB = 1024 ** 2;
/** What varies less than this share of the whole is drawn flat: a chart of noise alarms. */
const LEAST_SPAN = 0.1;

/** Memory over calls, as a small drawing; empty if there is nothing to draw. */
export function memoryChart({ calls, memory }: VerifiedSeries): string {
  if (calls.length < 2) return '';
  const most = Math.max(...memory);
  const least = Math.min(Math.min(...memory), most * (1 - LEAST_SPAN));
  const last = calls.at(-1)!;
  const x = (call: number): number => SIZE.left + ((SIZE.width - SIZE.left - SIZE.right) * call) / last;
  const y = (bytes: number): number => {
    const share = most === least ? 0.5 : (bytes - least) / (most - least);
    return SIZE.height - SIZE.bottom - (SIZE.height - SIZE.top - SIZE.bottom) * share;
  };
  const points = calls.map((call, index) => `${x(call).toFixed(1)},${y(memory[index]!).toFixed(1)}`).join(' ');
  const row = (bytes: number): string =>
    `<line x1="${SIZE.left}" x2="${SIZE.width - SIZE.right}" y1="${y(bytes)}" y2="${y(bytes)}"/><text x="${SIZE.left - 8}" y="${y(bytes) + 4}" text-anchor="end">${(bytes / MIB).toFixed(1)} MiB</text>`;
  const column = (call: number, anchor: string): string =>
    `<text x="${x(call)}" y="${SIZE.height - 6}" text-anchor="${anchor}">${call.toLocaleString('en')}${anchor === 'end' ? ' calls' : ''}</text>`;
  return `<svg class="memory" viewBox="0 0 ${SIZE.width} ${SIZE.height}" role="img" aria-label="Memory over ${last} calls: from ${(memory[0]! / MIB).toFixed(1)} to ${(memory.at(-1)! / MIB).toFixed(1)} MiB">${row(least)}${row(most)}${column(0, 'start')}${column(last, 'end')}<polyline points="${points}"/></svg>`;
}

import { PassThrough, Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { OutputCapture } from '../../src/launcher/output-capture.ts';
import type { OutputLine } from '../../src/launcher/running-instance.ts';

function capture(
  output: Readonly<Record<OutputLine['stream'], readonly string[]>>,
  deliver: (line: OutputLine) => void,
): OutputCapture {
  const streams = { stdout: Readable.from(buffers(output.stdout)), stderr: Readable.from(buffers(output.stderr)) };
  return new OutputCapture(streams, (text) => text, deliver);
}

afterEach(() => {
  vi.useRealTimers();
});

function buffers(chunks: readonly string[]): Buffer[] {
  return chunks.map((chunk) => Buffer.from(chunk));
}

test('a flood of lines leaves time for others between them, and nothing of it is lost', async () => {
  const perTurn = [0];
  let isOver = false;
  const turn = (): void => {
    perTurn.push(0);
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  const { drained } = capture({ stdout: [], stderr: ['\n'.repeat(2_000)] }, () => {
    perTurn[perTurn.length - 1]! += 1;
    for (const end = performance.now() + 0.1; performance.now() < end;); // what a line may cost
  });
  await drained;
  isOver = true;
  expect(perTurn.reduce((sum, lines) => sum + lines)).toBe(2_000);
  expect(Math.max(...perTurn)).toBeLessThan(200);
});

test('lines are shown, never obeyed', async () => {
  const lines: string[] = [];
  const output = capture({ stdout: ['\u001b[2Jred\u202e\u0085over\r\n'], stderr: ['last'] }, ({ text }) =>
    lines.push(text),
  );
  await output.drained;
  expect(lines.toSorted()).toEqual(['\\x1b[2Jred\\u202e\\x85over', 'last']);
  expect(output.lastLines.toSorted()).toEqual(lines.toSorted());
});

/** A process that writes to standard error, and what of it was delivered. */
function writing(): {
  readonly output: OutputCapture;
  readonly lines: string[];
  arrivals: number;
  write(text: string): Promise<void>;
  end(): Promise<void>;
} {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const stderr = new PassThrough();
  const lines: string[] = [];
  const output = new OutputCapture(
    { stdout: Readable.from([]), stderr },
    (text) => text,
    ({ text }) => lines.push(text),
  );
  const process = {
    output,
    lines,
    arrivals: 0,
    async write(text: string) {
      const before = process.arrivals;
      stderr.write(text);
      while (process.arrivals === before) await nextTurn();
    },
    async end() {
      stderr.end();
      await output.drained;
    },
  };
  output.onArrival = () => (process.arrivals += 1);
  return process;
}

test('a bar shows its last state after a second, and later each time, while it grows', async () => {
  const { write, lines, end } = writing();
  const shown: number[] = [];
  for (let second = 0; second < 100; second += 1) {
    await write(`\r${second}%\r${second}.5%`);
    const before = lines.length;
    vi.advanceTimersByTime(1_000);
    if (lines.length > before) shown.push(second);
  }
  expect(shown).toEqual([0, 2, 6, 14, 30, 60, 90]);
  expect(lines).toEqual(shown.map((second) => `${second}.5%`));
  await end();
  expect(lines.at(-1)).toBe('99.5%');
  expect(lines.length).toBe(8);
});

test('a bar that stands still, or ends as it was shown, is not shown again', async () => {
  const { write, lines, end } = writing();
  await write('\r50%');
  vi.advanceTimersByTime(60_000);
  await write('\r50%');
  vi.advanceTimersByTime(60_000);
  expect(lines).toEqual(['50%']);
  await write('\n\r50%');
  vi.advanceTimersByTime(1_000);
  await end();
  expect(lines).toEqual(['50%', '50%']);
  expect(vi.getTimerCount()).toBe(0);
});

test('what is not drawn over waits for its end, but is among the last lines', async () => {
  const { write, lines, end, output } = writing();
  await write('whole\n');
  await write('loading …');
  vi.advanceTimersByTime(60_000);
  expect(lines).toEqual(['whole']);
  expect(output.lastLines).toEqual(['whole', 'loading …']);
  await write(' done\n\r10%');
  expect(output.lastLines).toEqual(['whole', 'loading … done', '10%']);
  await end();
  expect(output.lastLines).toEqual(['whole', 'loading … done', '10%']);
});

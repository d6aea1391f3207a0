import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { OutputCapture } from '../../src/launcher/output-capture.ts';
import type { OutputLine } from '../../src/launcher/running-instance.ts';

function capture(
  output: Readonly<Record<OutputLine['stream'], readonly string[]>>,
  deliver: (line: OutputLine) => void,
): OutputCapture {
  const streams = { stdout: Readable.from(buffers(output.stdout)), stderr: Readable.from(buffers(output.stderr)) };
  return new OutputCapture(streams, (text) => text, deliver);
}

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
  const output = capture({ stdout: ['\u001b[2Jred\u202e\u0085\rover\r\n'], stderr: ['last'] }, ({ text }) =>
    lines.push(text),
  );
  await output.drained;
  expect(lines.toSorted()).toEqual(['\\x1b[2Jred\\u202e\\x85\\rover', 'last']);
  expect(output.lastLines.toSorted()).toEqual(lines.toSorted());
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { Figure } from './figure.ts';
import { benchFile } from './floor-process.ts';
import { summarize } from './statistics.ts';

const ROUNDS = 21;
const IMPORT_GOAL = 2;
const RUN_GOAL = 1.6;
const COMMAND = createRequire(import.meta.url)
  .resolve('bulkhead')
  .replace(/index\.js$/, 'cli/main.js');

/** Measures whole processes, as a shell starts them: of a program that imports the library, and of the command. */
export async function coldShell(home: string, python: string): Promise<readonly Figure[]> {
  const node = process.execPath;
  const processes = {
    node: [node, '-e', '0'],
    python: [python, '-I', '-S', '-c', '0'],
    import: [node, '--input-type=module', '-e', "import 'bulkhead'"],
    run: [node, COMMAND, '--registry', benchFile('plugins.yaml'), 'run', 'echo', '--input', '"first"'],
  };
  const names = Object.keys(processes) as readonly (keyof typeof processes)[];
  const times = { node: [] as number[], python: [] as number[], import: [] as number[], run: [] as number[] };
  for (let round = -2; round < ROUNDS; round += 1)
    for (const name of names) {
      const duration = await timeOf(processes[name], home);
      if (round >= 0) times[name].push(duration);
    }
  const both = times.node.map((duration, round) => duration + (times.python[round] ?? 0));
  return [
    figure('import_ms', IMPORT_GOAL, times.import, times.node, "`import 'bulkhead'`; floor: bare Node"),
    figure(
      'cli_run_ms',
      RUN_GOAL,
      times.run,
      both,
      '`bulkhead run`, environment ready; floor: bare Node + bare Python',
    ),
  ];
}

function figure(name: string, factor: number, own: readonly number[], bare: readonly number[], of: string): Figure {
  const floor = summarize(bare);
  const ours = summarize(own);
  const what = `ms of a whole process: ${of}; goal ${factor} x floor; ${ROUNDS} rounds`;
  return { name, unit: 'ms', value: ours.p50, goal: { atMost: factor * floor.p50 }, ours, floor, what };
}

async function timeOf([command = '', ...parameters]: readonly string[], home: string): Promise<number> {
  const began = performance.now();
  const child = spawn(command, parameters, {
    cwd: benchFile('.'),
    env: { ...process.env, BULKHEAD_HOME: home },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${command} ${parameters.join(' ')} ended with status ${code}`);
  return performance.now() - began;
}

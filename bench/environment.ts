import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PluginManager } from 'bulkhead';
import type { Figure } from './figure.ts';
import { benchFile } from './floor-process.ts';
import { median, summarize } from './statistics.ts';

const ROUNDS = 9;

/** Measures building an environment from a warm package cache against uv's own time, and finding one that is ready. */
export async function environment(uv: string, python: string): Promise<readonly Figure[]> {
  const own: number[] = [];
  const floor: number[] = [];
  const again: number[] = [];
  const ratios: number[] = [];
  for (let round = -1; round < ROUNDS; round += 1) {
    const floorTime = await uvSync(uv, python);
    const { built, found } = await prepareTwice(uv);
    if (round < 0) continue;
    floor.push(floorTime);
    own.push(built);
    again.push(...found);
    ratios.push(built / floorTime);
  }
  return [
    {
      name: 'environment_warm_ratio',
      unit: 'ratio',
      value: median(ratios),
      goal: { atMost: 1.5 },
      ours: summarize(own),
      floor: summarize(floor),
      what: `ms to build the environment of a plugin with six dependencies, trial import included; floor: \`uv sync\`; ${ROUNDS} rounds`,
    },
    {
      name: 'environment_found_ms',
      unit: 'ms',
      value: median(again),
      goal: { atMost: 20 },
      ours: summarize(again),
      what: 'ms to find a ready environment: a second plugin with the same identity, and a second start',
    },
  ];
}

async function prepareTwice(uv: string): Promise<{ built: number; found: readonly number[] }> {
  const home = await mkdtemp(join(tmpdir(), 'bulkhead-bench-'));
  const options = { home, variables: { ...process.env, BULKHEAD_UV: uv } };
  try {
    await using first = await PluginManager.open(benchFile('plugins.yaml'), options);
    await first.preparePlugin('echo'); // finds uv and Pythons, which is done once a machine
    const built = await first.preparePlugin('packaged');
    const shared = await first.preparePlugin('packaged_again');
    await using second = await PluginManager.open(benchFile('plugins.yaml'), options);
    const found = await second.preparePlugin('packaged');
    if (!built.built || shared.built || found.built) throw new Error('the environment was not built exactly once');
    return { built: built.duration, found: [shared.duration, found.duration] };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function uvSync(uv: string, python: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'bulkhead-bench-uv-'));
  try {
    await copyFile(benchFile('plugins/packaged/pyproject.toml'), join(folder, 'pyproject.toml'));
    const began = performance.now();
    const child = spawn(uv, ['sync', '--quiet', '--no-dev', '--python', python], { cwd: folder, stdio: 'inherit' });
    const [code] = (await once(child, 'exit')) as [number];
    if (code !== 0) throw new Error(`uv sync failed with status ${code}`);
    return performance.now() - began;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

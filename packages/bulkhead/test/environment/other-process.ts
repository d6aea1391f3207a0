import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Environments } from '../../src/environment/environments.ts';
import type { BuiltEnvironment } from '../../src/environment/ready-environment.ts';
import type { PluginSpec } from '../../src/registry/plugin-spec.ts';
import { type Place, PLACES } from '../lifecycle/lock-holder.ts';
import type { Workbench } from './workbench.ts';

const environments = new URL('../../dist/environment/environments.js', import.meta.url).href;

/** Another host, which prepares one environment and says what came of it. It runs what was built: Node 20 runs no TypeScript. */
export function prepareInOtherProcess(
  bench: Workbench,
  environment: keyof Environments,
  spec: PluginSpec,
  place: Place = 'here',
): { child: ChildProcess; answer: Promise<Pick<BuiltEnvironment, 'built' | 'runtime'>> } {
  if (!existsSync(fileURLToPath(environments)))
    throw new Error('build first: npx tsc -b packages/protocol packages/bulkhead');
  const script = `
    import { environmentsOf } from '${environments}';
    const spec = JSON.parse(process.env.SPEC);
    const { built, runtime } = await environmentsOf()['${environment}'].prepare(spec, new AbortController().signal, () => undefined);
    console.log(JSON.stringify({ built, runtime }));
  `;
  const [file = '', ...args] = [...PLACES[place], process.execPath, '--input-type=module', '-e', script];
  const child = spawn(file, args, {
    env: { ...bench.variables, SPEC: JSON.stringify(spec) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  bench.hosts.push(child);
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const answer = once(child, 'close').then(
    () => JSON.parse(said === '' ? '{}' : said) as Pick<BuiltEnvironment, 'built' | 'runtime'>,
  );
  return { child, answer };
}

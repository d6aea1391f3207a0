import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { PluginSpec } from '../../src/registry/plugin-spec.ts';
import type { Workbench } from './workbench.ts';

const built = (name: string): string => new URL(`../../dist/environment/${name}.js`, import.meta.url).href;

/** Another host, which prepares one environment and says what came of it. It runs what was built: Node 20 runs no TypeScript. */
export function prepareInOtherProcess(
  bench: Workbench,
  module: string,
  provider: string,
  spec: PluginSpec,
): { child: ChildProcess; answer: Promise<{ built: boolean; prefix: string }> } {
  if (!existsSync(fileURLToPath(built(module))))
    throw new Error('build first: npx tsc -b packages/protocol packages/bulkhead');
  const script = `
    import { ${provider} } from '${built(module)}';
    const spec = JSON.parse(process.env.SPEC);
    const { built, prefix } = await new ${provider}().prepare(spec, new AbortController().signal, () => undefined);
    console.log(JSON.stringify({ built, prefix }));
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...bench.variables, SPEC: JSON.stringify(spec) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const answer = once(child, 'close').then(
    () => JSON.parse(said === '' ? '{}' : said) as { built: boolean; prefix: string },
  );
  return { child, answer };
}

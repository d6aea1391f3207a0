import { expect, test } from 'vitest';
import { circles, violations } from '../check-imports.js';

test.each([
  ['pool/pool.ts', `import { Session } from '../session/session.ts';`],
  ['pool/pool.ts', `import type { PluginSpec } from '../registry/plugin-spec.ts';`],
  [
    'pool/pool.ts',
    `import { BulkheadError } from '../errors/bulkhead-error.ts';\nimport { setTimeout } from 'node:timers';`,
  ],
  ['manager/hosted-plugin.ts', `import { Pool } from '../pool/pool.ts';`],
  ['server/route.ts', `import { errorView } from '../views/error-view.ts';`],
  ['views/plugin-view.ts', `import type { PluginStatus } from '../manager/plugin-status.ts';`],
  ['registry/registry-schema.ts', `import { parseRequirement } from '../requirements/requirement.ts';`],
])('%s may: %s', (file, text) => {
  expect(violations(file, text)).toEqual([]);
});

test.each([
  ['pool/pool.ts', `import { ProcessLauncher } from '../launcher/process/process-launcher.ts';`],
  ['pool/pool.ts', `import { type ExitInfo, describeExit } from '../launcher/process/describe-exit.ts';`],
  ['registry/read-registry.ts', `import type { Pool } from '../pool/pool.ts';`],
  ['manager/hosted-plugin.ts', `import { main } from '../cli/main.ts';`],
  ['lifecycle/wait.ts', `import { BulkheadError } from '../errors/bulkhead-error.ts';`],
  ['environment/uv/uv-resolver.ts', `import { checkPlugins } from '../../conflicts/check-plugins.ts';`],
  ['session/session.ts', `const late = await import('../launcher/process/describe-exit.ts');`],
  ['views/error-view.ts', `import type { Terminal } from '../cli/output/terminal.ts';`],
  ['server/route.ts', `import { printError } from '../cli/output/print-error.ts';`],
  ['utils/things.ts', ``],
  ['pool/index.ts', ``],
])('%s may not: %s', (file, text) => {
  expect(violations(file, text)).toHaveLength(1);
});

test('files that import each other are told of, also where it is for types', () => {
  const sources = new Map([
    ['hooks/hook.ts', `import type { HookRunner } from './hook-runner.ts';`],
    ['hooks/hook-runner.ts', `import type { HookMode } from './policies.ts';\nimport { later } from './later.ts';`],
    ['hooks/later.ts', `import type { Hook } from './hook.ts';`],
    ['hooks/policies.ts', `export const MODES = [];`],
  ]);
  const circle = 'hooks/hook.ts -> hooks/hook-runner.ts -> hooks/later.ts -> hooks/hook.ts';
  expect(circles(sources)).toEqual([`these import each other: ${circle}`]);
  sources.delete('hooks/later.ts');
  expect(circles(sources)).toEqual([]);
});

import { expect, test } from 'vitest';
import { violations } from '../check-imports.js';

test.each([
  ['pool/pool.ts', `import { Session } from '../session/session.ts';`],
  ['pool/pool.ts', `import type { PluginSpec } from '../registry/plugin-spec.ts';`],
  [
    'pool/pool.ts',
    `import { BulkheadError } from '../errors/bulkhead-error.ts';\nimport { setTimeout } from 'node:timers';`,
  ],
  ['manager/hosted-plugin.ts', `import { Pool } from '../pool/pool.ts';`],
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
  ['utils/things.ts', ``],
  ['pool/index.ts', ``],
])('%s may not: %s', (file, text) => {
  expect(violations(file, text)).toHaveLength(1);
});

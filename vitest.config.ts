import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    // tests run the sources, so that a stale build can't make them pass
    alias: {
      '@bulkhead/protocol': source('packages/protocol/src/index.ts'),
    },
  },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'scripts/test/**/*.test.ts'],
    // what would be fetched in the background is fetched by the tests that are about it
    env: { BULKHEAD_ACCELERATOR: 'off' },
    testTimeout: 60_000,
    hookTimeout: 120_000,
    globalSetup: ['packages/bulkhead/test/engine-teardown.ts'],
    pool: 'forks',
    maxWorkers: 3,
    reporters: ['dot', ['json', { outputFile: '.cache/vitest.json' }]],
  },
});

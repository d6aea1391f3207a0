import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Whose tests start most processes, in that order: what begins last has to be short, or one worker ends alone. */
const FIRST = ['documentation', 'end-to-end', 'environment', 'conversation', 'cli', 'manager'].map(
  (room) => `/test/${room}/`,
);

class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const first = FIRST.flatMap((room) => sorted.filter(({ moduleId }) => moduleId.includes(room)));
    return [...new Set([...first, ...sorted])];
  }
}

export default defineConfig({
  resolve: {
    // tests run the sources, so that a stale build can't make them pass
    alias: {
      '@bulkhead/protocol': source('packages/protocol/src/index.ts'),
      '@bulkhead/plugin-sdk': source('packages/plugin-sdk/src/index.ts'),
    },
  },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'scripts/test/**/*.test.ts'],
    // what would be fetched in the background is fetched by the tests that are about it
    env: { BULKHEAD_ACCELERATOR: 'off' },
    // only ends what hangs: how long a test takes is a matter of the machine, and of what else runs on it
    testTimeout: 240_000,
    hookTimeout: 240_000,
    globalSetup: ['packages/bulkhead/test/engine-teardown.ts'],
    pool: 'forks',
    maxWorkers: 3,
    // the files of a worker share its process: to load the sources for each took a tenth of the time of all tests
    isolate: false,
    sequence: { sequencer: SlowFirst },
    reporters: ['dot', ['json', { outputFile: '.cache/vitest.json' }]],
  },
});

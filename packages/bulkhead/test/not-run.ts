import type { TestContext, TestOptions } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** Why the test was not run here: `npm test` lists it at its end. */
    notRunBecause?: string;
  }
}

/** Options of a test, or of a group, that only Linux can run. `reason` says why: "the state of a process is read from /proc". */
export function onlyOnLinux(reason: string): TestOptions {
  return onlyIf(process.platform === 'linux', `not Linux: ${reason}`);
}

/** Options of a test that runs only under a condition. `reason` says why it can't run otherwise. */
export function onlyIf(condition: boolean, reason: string): TestOptions {
  return condition ? {} : { skip: true, meta: { notRunBecause: reason } };
}

/** Options of a test that takes long, and by which little breaks that its neighbours do not find. */
export function onlyInLongRuns(): TestOptions {
  return onlyIf(process.env['BULKHEAD_TEST_LONG'] === '1', 'it takes long, and `npm run test:all` has it');
}

/** Ends a test that finds out while it runs that it can't run here. */
export function cannotRun(context: TestContext, reason: string): never {
  context.task.meta.notRunBecause = reason;
  context.skip(reason);
}

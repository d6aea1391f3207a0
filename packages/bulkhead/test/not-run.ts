import type { TestContext, TestOptions } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** Why the test was not run here: `npm test` lists it at its end. */
    notRunBecause?: string;
  }
}

/** Options of a test, or of several, of something that only Linux has. `reason` says what that is: "the state of a process is read from /proc". */
export function onlyOnLinux(reason: string): TestOptions {
  return onlyIf(process.platform === 'linux', `not Linux: ${reason}`);
}

/** Options of a test that can be run only under a condition. `reason` says why it can't be run otherwise. */
export function onlyIf(condition: boolean, reason: string): TestOptions {
  return condition ? {} : { skip: true, meta: { notRunBecause: reason } };
}

/** Ends a test that finds, while it runs, that it can't be run here. */
export function cannotRun(context: TestContext, reason: string): never {
  context.task.meta.notRunBecause = reason;
  context.skip(reason);
}

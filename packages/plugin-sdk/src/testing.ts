export { AnswerStream } from './testing/answer-stream.ts';
export { CallFailed } from './testing/call-failed.ts';
export { FakeHost, type HostCall, type LockRequest } from './testing/fake-host.ts';
export type { ProcessStart } from './testing/in-process.ts';
export {
  type AnswerOf,
  type GivenTo,
  RunningPlugin,
  startPlugin,
  startProcess,
  type StartOptions,
  type TestCallOptions,
} from './testing/running-plugin.ts';

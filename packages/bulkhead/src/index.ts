export { NdArray, type TypedArray } from '@bulkhead/protocol';
export type {
  ProgressEvent,
  ProgressSink,
  ProgressStep,
  PythonInterpreter,
  ReadyEnvironment,
} from './environment/ready-environment.ts';
export { BulkheadError, exitCodeOf, type FailureContext, isBulkheadError } from './errors/bulkhead-error.ts';
export type { Blame, ErrorCode, ErrorDetails } from './errors/catalogue.ts';
export type { OrphanedProcess } from './launcher/sweep-ledger.ts';
export {
  type CallProgress,
  type ExecuteOptions,
  PluginManager,
  type PluginManagerOptions,
  type ReloadOptions,
} from './manager/plugin-manager.ts';
export type { DebugOptions, DebugTarget } from './manager/debug-plugin.ts';
export type { InstanceStatus, PluginStatus } from './manager/plugin-status.ts';
export type { EditionSummary, ReloadReport } from './manager/reload-report.ts';
export type { DebuggerAddress } from './pool/instance-debugging.ts';
export type { Health } from './pool/instance-health.ts';
export { PluginStream } from './session/plugin-stream.ts';

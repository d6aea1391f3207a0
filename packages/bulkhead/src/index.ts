export { NdArray, type TypedArray } from '@bulkhead/protocol';
export type { Compatibility, Compatible, Conflict, NotKnown } from './conflicts/compatibility.ts';
export type { NpmRequirementList, PlacedRequirement, RequirementList } from './conflicts/requirement-list.ts';
export type { ResolvedPackage } from './conflicts/resolver.ts';
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
export { checkCompatibility, type CheckCompatibilityOptions } from './manager/check-registry.ts';
export {
  type CallProgress,
  type ExecuteOptions,
  PluginManager,
  type PluginManagerOptions,
} from './manager/plugin-manager.ts';
export type { InstanceStatus, PluginStatus } from './manager/plugin-status.ts';
export type { Health } from './pool/instance-health.ts';
export { PluginStream } from './session/plugin-stream.ts';

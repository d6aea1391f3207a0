export { NdArray, PreciseDate, type TypedArray } from '@bulkhead/protocol';
export {
  ActionCache,
  type ActionCacheOptions,
  type AnswerOptions,
  type CachedCall,
  type CachePolicy,
} from './cache/action-cache.ts';
export type { CacheObserver } from './cache/cache-observer.ts';
export type { Compatibility, Compatible, Conflict, NotKnown } from './conflicts/compatibility.ts';
export type { NpmRequirementList, PlacedRequirement, RequirementList } from './conflicts/requirement-list.ts';
export type { ResolvedPackage } from './conflicts/resolver.ts';
export type {
  EnvironmentRuntime,
  NodeInterpreter,
  NodeRuntime,
  PrepareOptions,
  ProgressEvent,
  ProgressSink,
  ProgressStep,
  PythonInterpreter,
  PythonRuntime,
  ReadyEnvironment,
} from './environment/ready-environment.ts';
export { BulkheadError, exitCodeOf, type FailureContext, isBulkheadError } from './errors/bulkhead-error.ts';
export type { Blame } from './errors/catalogue/entry.ts';
export type { ErrorCode, ErrorDetails } from './errors/error-details.ts';
export type { DataCheck } from './hooks/data-kind.ts';
export type { HookConsequence, HookObserver } from './hooks/hook-observer.ts';
export type { ChainOutcome, HookStep } from './hooks/chain-outcome.ts';
export {
  type HookPosition,
  type HookRegistration,
  HookRegistry,
  type HookRegistryOptions,
  type OwnHook,
  type RunHooksOptions,
} from './hooks/hook-registry.ts';
export {
  type BatchContext,
  type BatchResult,
  type HookOutcome,
  type HookRunner,
  HookTimeIsOver,
  type HookToRun,
} from './hooks/hook-runner.ts';
export type { HookCallback, HookContext, HookOptions, RemoteHook } from './hooks/hook.ts';
export type { HookMode, OnHookError, OnNothing } from './hooks/hook-policies.ts';
export type { LimitHolders, LimitHolder } from './launcher/limits/limit-holders.ts';
export type { ReachedLimit } from './launcher/limits/overrun.ts';
export type { Usage } from './launcher/limits/usage.ts';
export type { InstanceIdentity } from './launcher/running-instance.ts';
export type { OrphanedProcess } from './launcher/ledger/sweep-ledger.ts';
export type { CheckCompatibilityOptions } from './manager/check-registry.ts';
export { checkCompatibility } from './manager/check-two-plugins.ts';
export type { CallProgress, ExecuteOptions } from './manager/execute-options.ts';
export type { PluginEvents } from './manager/event-listeners.ts';
export type { PluginObserver } from './manager/plugin-observer.ts';
export type { PluginLine } from './manager/plugin-output.ts';
export { PluginManager } from './manager/plugin-manager.ts';
export type { PluginManagerOptions, ReloadOptions } from './manager/manager-options.ts';
export type { ActionOptions, DeclaredActions, DeclaredPlugins, PluginHandle } from './manager/plugin-types.ts';
export type { DebugOptions, DebugTarget } from './manager/debug-plugin.ts';
export type {
  EventHooks,
  ExecuteHooksOptions,
  HookCallbackOptions,
  TraceHooksOptions,
} from './manager/manager-hooks.ts';
export type { DescribedPlugin, DescribeOptions } from './manager/describe-plugins.ts';
export type { InstanceStatus, PluginDescription, PluginStatus } from './manager/plugin-status.ts';
export type { RevisionSummary, ReloadReport } from './manager/reload-report.ts';
export type { HostLogger } from './monitor/host-logger.ts';
export type { DebuggerAddress } from './pool/instance-debugging.ts';
export type { Health } from './pool/instance-health.ts';
export type { CallOutcome, InstanceEnding, ReloadOutcome } from './pool/pool-observer.ts';
export type { AcquireOptions } from './resources/acquire-options.ts';
export type { LeaseMode, OwnerDescription, ResourceOwner } from './resources/claim.ts';
export type { Lease, LeaseOutcome } from './resources/lease.ts';
export { isResourceConflictError, type ResourceConflictError } from './resources/resource-conflict.ts';
export { ResourceManager, type ResourceManagerOptions } from './resources/resource-manager.ts';
export type { ResourceObserver } from './resources/resource-observer.ts';
export type { HolderStatus, ResourceStatus, WaiterStatus } from './resources/resource-status.ts';
export { PluginStream } from './session/plugin-stream.ts';
export type {
  Verdict,
  Verification,
  VerifiedAction,
  VerifiedCheck,
  VerifiedProblem,
  VerifiedVariant,
} from './verification/verification.ts';
export {
  type VerificationListener,
  type VerifiedTarget,
  verifyPlugin,
  type VerifyOptions,
} from './verification/verify-plugin.ts';

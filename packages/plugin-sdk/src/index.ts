export {
  action,
  Action,
  type ActionOptions,
  type Answer,
  type CacheSettings,
  type Example,
  type Handler,
  type StreamSchemas,
} from './author/action.ts';
export type { Context, HostCallOptions, Lease, LockOptions, Log, LogFields, PluginContext } from './author/context.ts';
export { Cancelled, RemoteError, Veto } from './author/errors.ts';
export { Hook, hook, type HookHandler, type HookOptions } from './author/hook.ts';
export type { InputStream } from './author/input-stream.ts';
export {
  type ActionsOf,
  DefinedPlugin,
  definePlugin,
  type Metadata,
  type MethodHook,
  Plugin,
  type PluginDefinition,
} from './author/plugin.ts';
export type {
  InputOf,
  JsonSchema,
  OutputOf,
  Schema,
  SchemaIssue,
  SchemaPrinter,
  SchemaResult,
} from './author/schema.ts';
export { type DType, NdArray, PreciseDate, type TypedArray } from '@bulkhead/protocol';

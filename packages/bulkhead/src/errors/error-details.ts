/** What each error carries besides its words: one entry for each code of the catalogue. */

/** A mistake in a registry file or manifest. Line and column are 1-based. */
export interface Mistake {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

interface OfPlugin {
  readonly plugin: string;
}
interface OfAction extends OfPlugin {
  readonly action: string;
}
interface Reasoned extends OfPlugin {
  /** A sentence without the final stop. */
  readonly reason: string;
}
interface OfLease {
  readonly resource: string;
  /** For whom it was wanted. */
  readonly owner: string;
}
interface OfHook {
  readonly event: string;
  /** `owner.id` */
  readonly hook: string;
}
interface Limited extends OfPlugin {
  readonly milliseconds: number;
}

/** An installed package that has to do with a failed import. */
export interface SuspectPackage {
  readonly name: string;
  readonly version: string;
  /** RFC 3339, where it is known. */
  readonly released: string | undefined;
}
/** A change of a plugin's registry entry. */
export type TrialFix =
  | { readonly field: 'as_of'; readonly value: string }
  | { readonly field: 'dependencies'; readonly add: readonly string[] };

/** One owner in a circle of owners that wait for each other: the next one in the list stands in its way. */
export interface DeadlockStep {
  readonly owner: string;
  /** What the one before it waits for, where this one holds it. */
  readonly holds: string | undefined;
  readonly waitsFor: string;
}

/** What each code's message is made of. */
export interface ErrorDetails {
  REGISTRY_NOT_FOUND: { readonly file: string };
  REGISTRY_INVALID: { readonly mistakes: readonly Mistake[] };
  MANIFEST_INVALID: { readonly plugin: string; readonly mistakes: readonly Mistake[] };
  PLUGIN_FOLDER_MISSING: OfPlugin & { readonly folder: string; readonly declared: string };
  PLUGIN_ENTRY_POINT_MISSING: OfPlugin & { readonly file: string };
  PLUGIN_ALREADY_LOADED: OfPlugin;
  PLUGIN_UNKNOWN: OfPlugin & { readonly nearest: string | undefined; readonly known: readonly string[] };
  ACTION_UNKNOWN: OfAction & { readonly nearest: string | undefined; readonly known: readonly string[] };
  INPUT_NOT_ENCODABLE: OfAction & { readonly path: string; readonly reason: string };
  INPUT_TOO_LARGE: OfAction & { readonly reason: string; readonly limit: 'frame' | 'body' };
  INPUT_STREAM_REFUSED: OfAction & { readonly why: 'unknown to its SDK' | 'from the same instance' };
  INPUT_REJECTED: OfAction & { readonly reason: string };
  ARGUMENT_INVALID: { readonly argument: string; readonly reason: string };
  ISOLATION_UNAVAILABLE: OfPlugin & { readonly isolation: string };
  MANAGER_CLOSED: { readonly what: string };
  CALL_CANCELLED: OfAction;
  FILE_EXISTS: { readonly file: string };
  FOLDER_UNWATCHABLE: { readonly folder: string; readonly reason: string };
  HOST_CALL_DENIED: OfPlugin & { readonly target: string };
  HOST_CALL_PATH_REFUSED: { readonly path: readonly string[]; readonly reason: string };

  RESOURCE_CONFLICT: OfLease & {
    /** How long it waited; 0: it did not want to wait. */
    readonly milliseconds: number;
    readonly holders: readonly { readonly owner: string; readonly mode: string; readonly milliseconds: number }[];
    /** Others that wait, the next first. */
    readonly waiting: readonly string[];
  };
  RESOURCE_DEADLOCK: OfLease & { readonly cycle: readonly DeadlockStep[] };
  RESOURCE_WAIT_ENDED: OfLease & { readonly reason: string };

  /** `wishes`: those that contradict each other, in their circle. */
  HOOK_ORDER_UNSATISFIABLE: OfHook & { readonly wishes: readonly string[] };
  HOOK_ALREADY_REGISTERED: OfHook;
  HOOK_DATA_INVALID: { readonly event: string; readonly path: string; readonly reason: string };
  HOOK_FAILED: OfHook & { readonly reason: string };
  /** `reason`: a clause after "it". */
  HOOK_RESULT_INVALID: OfHook & { readonly reason: string };
  HOOK_TIMEOUT: OfHook & { readonly milliseconds: number };
  HOOK_VETOED: OfHook & { readonly reason: string };
  HOOKS_CANCELLED: { readonly event: string };
  HOOKS_TIMEOUT: { readonly event: string; readonly milliseconds: number };
  HOOK_NOT_OFFERED: OfPlugin & { readonly event: string; readonly offered: readonly string[] };
  HOOK_PLUGIN_UNAVAILABLE: Reasoned & { readonly event: string };

  PYTHON_NOT_FOUND: OfPlugin & {
    readonly wanted: string;
    readonly found: readonly string[];
    readonly searched: readonly string[];
  };
  UV_UNAVAILABLE: { readonly reason: string };
  REQUIREMENT_INVALID: Reasoned & { readonly requirement: string };
  PACKAGE_NOT_FOUND: Reasoned & { readonly packageName: string };
  DEPENDENCIES_CONFLICT: Reasoned;
  LOCK_STALE: Reasoned;
  SHARING_IMPOSSIBLE: Reasoned & { readonly share: string };
  INDEX_UNREACHABLE: Reasoned;
  ENVIRONMENT_BUILD_FAILED: Reasoned;
  TRIAL_IMPORT_FAILED: Reasoned & {
    readonly module: string;
    /** Those that don't fit each other, as far as that is known. */
    readonly packages: readonly SuspectPackage[];
    /** In words, the likeliest first. */
    readonly cures: readonly string[];
    /** Those of the cures that can be written into the registry. */
    readonly fixes: readonly TrialFix[];
  };
  ENVIRONMENT_BUSY: OfPlugin & { readonly holder: string; readonly milliseconds: number };
  STATE_FOLDER_UNUSABLE: { readonly folder: string; readonly reason: string };
  PLUGIN_LAUNCH_FAILED: Reasoned;
  DEBUGGER_UNAVAILABLE: { readonly release: string; readonly reason: string };
  DEBUG_FAILED: Reasoned;

  PLUGIN_IMPORT_FAILED: Reasoned;
  PLUGIN_INITIALIZE_FAILED: Reasoned;
  PLUGIN_START_TIMEOUT: Limited;
  PLUGIN_EXITED: Reasoned;
  PLUGIN_UNRESPONSIVE: Limited;
  PLUGIN_RESTARTING: Reasoned & { readonly milliseconds: number };
  PLUGIN_BROKEN: Reasoned & { readonly milliseconds: number };
  QUEUE_FULL: OfPlugin & { readonly maximum: number };
  QUEUE_TIMEOUT: OfAction & { readonly milliseconds: number; readonly inFlight: number; readonly instances: number };
  PLUGIN_CRASHED: OfAction & { readonly reason: string };
  PLUGIN_REPLACED: OfAction & { readonly reason: string };
  PLUGIN_RAISED: OfAction & { readonly type: string; readonly reason: string };
  PLUGIN_DISCONNECTED: Reasoned;
  RESULT_NOT_ENCODABLE: OfAction & { readonly path: string; readonly reason: string };
  RESULT_TOO_LARGE: OfAction & { readonly reason: string; readonly limit: 'frame' | 'body' };
  FRAME_REFUSED: OfAction & { readonly reason: string };
  /** `activity`: what its process did meanwhile, as a clause, where that is known. */
  CALL_TIMEOUT: OfAction & {
    readonly milliseconds: number;
    readonly setting: string;
    readonly activity?: string | undefined;
  };
  CALL_IDLE_TIMEOUT: OfAction & { readonly milliseconds: number };
  DEBUG_UNSUPPORTED: OfPlugin & { readonly sdk: string };
  PROTOCOL_MISMATCH: Reasoned;
  PROTOCOL_VIOLATION: Reasoned;

  INTERNAL: { readonly reason: string };
}

export type ErrorCode = keyof ErrorDetails;

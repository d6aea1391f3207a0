/** Where a container sees what its host gives it. */
export const SDK_INSIDE = '/opt/bulkhead/sdk';
export const BYTECODE_INSIDE = '/opt/bulkhead/bytecode';
export const ACCELERATOR_INSIDE = '/opt/bulkhead/accelerator';
/** Holds debugpy, if the host had it when the container was started. */
export const DEBUGGER_INSIDE = '/opt/bulkhead/debugger';
/** How the path of the SDK's byte code begins. */
export const BYTECODE_NAME = 'sdk';
/** The plugin's folder, where the image has none of it. */
export const PLUGIN_INSIDE = '/plugin';
/** The sockets to the host. */
export const SOCKETS_INSIDE = '/run/bulkhead';

/** A folder of this machine that a container sees. */
export interface Mount {
  /** Absolute path on this machine. */
  readonly source: string;
  readonly target: string;
  readonly isWritable?: boolean;
}

/** The same, as an engine's API has it. */
export interface EngineMount {
  readonly Type: 'bind';
  readonly Source: string;
  readonly Target: string;
  readonly ReadOnly: boolean;
}

/** Docker's `Binds` would make a folder that is missing, as root; these it refuses. */
export function asMounts(mounts: readonly Mount[]): readonly EngineMount[] {
  return mounts.map(({ source, target, isWritable = false }) => ({
    Type: 'bind',
    Source: source,
    Target: target,
    ReadOnly: !isWritable,
  }));
}

import { DEBUGGER_INSIDE, PLUGIN_INSIDE } from '../engine/inside.ts';
import type { DebuggerPackage } from '../environment/fetched/debugger-package.ts';
import type { ProgressSink } from '../environment/ready-environment.ts';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import { checkOptions } from '../errors/check-options.ts';
import { checkSignal } from '../errors/check-signal.ts';
import { guardedListener } from '../lifecycle/guarded.ts';
import { type DebuggerAddress, keptOut } from '../pool/instance-debugging.ts';
import type { PluginRevision } from './plugin-revision.ts';

/** An instance to which a debugger can attach. */
export interface DebugTarget extends DebuggedInstance, DebuggerAddress {
  /** The plugin's folder, and the path that it has in the instance's container; undefined: it is the same. */
  readonly folder: { readonly here: string; readonly inside: string } | undefined;
  /** `python`: a debugger speaks the Debug Adapter Protocol; `node`: that of the inspector, as Chrome and VS Code do. */
  readonly language: 'python' | 'node';
}

export interface DebuggedInstance {
  readonly generation: number;
  /** How it is shown to people, such as `process 41`. */
  readonly name: string;
  /** Of an instance that is a process of its own on this machine. */
  readonly pid: number | undefined;
}

export interface DebugOptions {
  /** Of the first instance; 0, the default, takes any free port. Further instances take free ports, too. */
  readonly port?: number;
  readonly signal?: AbortSignal;
  /** Hears when a debugger has attached and is set up, and when it has left or the instance has ended. */
  readonly onChange?: (target: DebuggedInstance, attached: boolean) => void;
  /** Hears how the environment is made ready and debugpy fetched. */
  readonly onProgress?: ProgressSink;
}

const IN_A_GROUP = {
  reason: 'it shares its process with others, which would stand at its breakpoints as well',
  cure: 'Write `isolation: process` into its entry in the registry while you debug it.',
} as const;

/**
 * Lets a debugger attach to each instance of a plugin; starts one if there is none.
 *
 * @param closing aborted when the manager closes
 * @throws BulkheadError `ARGUMENT_INVALID`, `DEBUGGER_UNAVAILABLE`, `DEBUG_FAILED`, `DEBUG_UNSUPPORTED`, `DEBUG_CONTAINED`, and as `Pool.start`
 */
export async function debugRevision(
  revision: PluginRevision,
  debugpy: DebuggerPackage,
  options: DebugOptions,
  closing: AbortSignal,
): Promise<readonly DebugTarget[]> {
  checkOptions(options, { port: true, signal: true, onChange: true, onProgress: true }, 'debug');
  const { id, launch, folder: here } = revision.spec;
  if (launch.imageCommand) throw new BulkheadError('DEBUG_CONTAINED', { plugin: id });
  if (launch.isolation === 'thread') throw new BulkheadError('DEBUG_FAILED', { plugin: id, ...IN_A_GROUP });
  const { port = 0, signal: given, onChange, onProgress } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new BulkheadError('ARGUMENT_INVALID', { argument: 'port', reason: `${port} is not between 0 and 65535` });
  checkSignal(given);
  const signal = given === undefined ? closing : AbortSignal.any([closing, given]);
  const progress = guardedListener(onProgress, 'onProgress of debug');
  const tell = guardedListener(onChange, 'onChange of debug');
  const { runtime } = await revision.prepare(progress);
  if (runtime.kind === 'command')
    throw new BulkheadError('PLUGIN_HAS_OWN_COMMAND', { plugin: id, what: 'attach a debugger' });
  const isNode = runtime.node !== undefined;
  if (isNode && launch.confined) throw keptOut(id);
  // Node has its own
  const path = isNode ? '' : await debugpy.obtain(id, runtime.python, signal, progress);
  const isContained = runtime.kind === 'image';
  const seen = isContained ? DEBUGGER_INSIDE : path;
  const folder = isContained ? { here, inside: runtime.folder ?? PLUGIN_INSIDE } : undefined;
  await revision.pool.start();
  signal.throwIfAborted();
  revision.calls.disable(); // a call that does not reach the plugin reaches no breakpoint
  const instances = revision.pool.instances.filter(({ accepting }) => accepting);
  return await Promise.all(
    instances.map(async (instance, index) => {
      const { generation, name, process } = instance.identity;
      const debugged = { generation, name, pid: process?.pid };
      const changed = (attached: boolean): void => tell?.(debugged, attached);
      const address = await instance.debug({ path: seen, port: index === 0 ? port : 0, changed }, signal);
      return { ...debugged, ...address, folder, language: isNode ? 'node' : 'python' };
    }),
  );
}

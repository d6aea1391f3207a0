import type { DebuggerPackage } from '../environment/fetched/debugger-package.ts';
import type { ProgressSink } from '../environment/ready-environment.ts';
import type { DebuggerAddress } from '../pool/instance-debugging.ts';
import type { PluginRevision } from './plugin-revision.ts';

/** An instance to which a debugger can attach, by the Debug Adapter Protocol. */
export interface DebugTarget extends DebuggerAddress {
  readonly pid: number;
  readonly generation: number;
}

export interface DebugOptions {
  /** Of the first instance; 0, which is also meant when none is given: any that is free. The others have one that is free. */
  readonly port?: number;
  readonly signal?: AbortSignal;
  /** Told when a debugger has attached and is set up, and when it has left or the instance has ended. */
  readonly onChange?: (target: { readonly pid: number; readonly generation: number }, attached: boolean) => void;
  /** Told of what is done for the environment, and to fetch debugpy. */
  readonly onProgress?: ProgressSink;
}

/** Lets a debugger attach to each instance of a plugin; one is started where there is none. */
export async function debugRevision(
  revision: PluginRevision,
  debugpy: DebuggerPackage,
  { port = 0, signal = new AbortController().signal, onChange, onProgress }: DebugOptions,
): Promise<readonly DebugTarget[]> {
  const { runtime } = await revision.prepare(onProgress);
  const path = await debugpy.obtain(revision.spec.id, runtime.python, signal, onProgress);
  await revision.pool.start();
  signal.throwIfAborted();
  revision.calls.disable(); // a call that does not reach the plugin reaches no breakpoint
  const instances = revision.pool.instances.filter(({ accepting }) => accepting);
  return await Promise.all(
    instances.map(async (instance, index) => {
      const { pid, generation } = instance.identity;
      const changed = (attached: boolean): void => onChange?.({ pid, generation }, attached);
      const address = await instance.debug({ path, port: index === 0 ? port : 0, changed }, signal);
      return { pid, generation, ...address };
    }),
  );
}

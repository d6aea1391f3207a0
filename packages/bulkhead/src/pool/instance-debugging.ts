import { BulkheadError } from '../errors/bulkhead-error.ts';
import { asReason } from '../errors/as-reason.ts';
import type { RunningInstance } from '../launcher/running-instance.ts';
import type { OpenSession } from '../session/session.ts';
import { underEither } from '../lifecycle/under-either.ts';

/** Importing the debugger takes a second or two; on a busy machine more. */
const PATIENCE_MILLISECONDS = 60_000;

/** How a debugger is let in. */
export interface DebugRequest {
  /** Folder from which the plugin imports it. */
  readonly path: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Called when a debugger attaches or leaves. */
  changed(attached: boolean): void;
}

/** Where a debugger can attach to an instance. */
export interface DebuggerAddress {
  readonly host: string;
  readonly port: number;
}

/** A debugger that connects may run any code as this user, so only this machine may connect. */
const LOOPBACK = '127.0.0.1';

/** @throws BulkheadError `DEBUG_UNSUPPORTED`, `DEBUG_FAILED`, `PLUGIN_DISCONNECTED`; or the signal's reason */
export async function letDebuggerAttach(
  plugin: string,
  running: Pick<RunningInstance, 'reach'>,
  { session, hello }: OpenSession,
  { path, port, changed }: DebugRequest,
  signal: AbortSignal,
): Promise<DebuggerAddress> {
  if (!session.agreedOn('debug'))
    throw new BulkheadError('DEBUG_UNSUPPORTED', { plugin, sdk: `${hello.sdk.name} ${hello.sdk.version}` });
  if (hello.sandbox?.landlock !== undefined) throw keptOut(plugin);
  const limit = new AbortController();
  const reason = `it was not ready for one within ${PATIENCE_MILLISECONDS / 1_000} s`;
  const timer = setTimeout(
    () => limit.abort(new BulkheadError('DEBUG_FAILED', { plugin, reason })),
    PATIENCE_MILLISECONDS,
  );
  try {
    const isElsewhere = running.reach !== undefined;
    const request = { path, host: LOOPBACK, port: isElsewhere ? 0 : port };
    const answer = await underEither([signal, limit.signal], (either) => session.debug(request, changed, either));
    if ('error' in answer) throw refused(plugin, answer.error, isElsewhere);
    return isElsewhere ? { host: LOOPBACK, port: await reached(plugin, running, answer.port, port) } : answer;
  } finally {
    clearTimeout(timer);
  }
}

/** What a sandboxed plugin is told of debuggers. */
export function keptOut(plugin: string): BulkheadError {
  const cure = 'Write `sandbox: off` into its registry entry while you debug it.';
  return new BulkheadError('DEBUG_FAILED', { plugin, reason: 'its sandbox keeps the debugger out', cure });
}

function refused(plugin: string, reason: string, isElsewhere: boolean): BulkheadError {
  const isMissing = isElsewhere && reason.includes("No module named 'debugpy'");
  const cure =
    'Its container was started before debugpy was fetched, and does not see it. Reload the plugin, and try again.';
  return new BulkheadError('DEBUG_FAILED', { plugin, reason: asReason(reason), cure: isMissing ? cure : undefined });
}

async function reached(
  plugin: string,
  running: Pick<RunningInstance, 'reach'>,
  port: number,
  at: number,
): Promise<number> {
  try {
    return (await running.reach?.(port, at)) ?? port;
  } catch (cause) {
    throw new BulkheadError('DEBUG_FAILED', { plugin, reason: asReason((cause as Error).message) }, { cause });
  }
}

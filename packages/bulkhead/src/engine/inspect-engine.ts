import { isBulkheadError } from '../errors/bulkhead-error.ts';
import { isRootless } from './container-engine.ts';
import { engineFinder } from './engine-finder.ts';

/** The container engine that plugins would run in, for people who look at their machine. */
export type InspectedEngine =
  | {
      readonly socket: string;
      /** Of the engine, such as `28.2.2`. */
      readonly version: string;
      /** Which of memory, cpu and pids it can limit. */
      readonly limits: readonly string[];
      readonly isRootless: boolean;
      /** Whether its containers go on while it is restarted. */
      readonly restoresLive: boolean;
    }
  | { readonly problem: string };

const PATIENCE_MILLISECONDS = 5_000;

/** Never rejects but with the signal's reason: without an engine all but containers works. */
export async function inspectEngine(signal: AbortSignal, variables: NodeJS.ProcessEnv): Promise<InspectedEngine> {
  try {
    const engine = engineFinder(variables)();
    const limited = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MILLISECONDS)]);
    const facts = await engine.facts(limited);
    const { ServerVersion, MemoryLimit, CpuCfsQuota, PidsLimit, LiveRestoreEnabled } = facts;
    return {
      socket: engine.address.socket,
      version: ServerVersion,
      limits: [...(MemoryLimit ? ['memory'] : []), ...(CpuCfsQuota ? ['cpu'] : []), ...(PidsLimit ? ['pids'] : [])],
      isRootless: isRootless(facts),
      restoresLive: LiveRestoreEnabled === true,
    };
  } catch (error) {
    signal.throwIfAborted();
    return { problem: isBulkheadError(error) ? error.message : 'The container engine does not answer.' };
  }
}

import { ContainerEngine } from './container-engine.ts';
import { engineAddress } from './engine-address.ts';

/** Answers the engine that is set up now. @throws BulkheadError `ENGINE_ELSEWHERE` */
export type EngineFinder = () => ContainerEngine;

/** Looks each time, because an engine may be installed or chosen while a host runs. */
export function engineFinder(variables: NodeJS.ProcessEnv): EngineFinder {
  let last: ContainerEngine | undefined;
  return () => {
    const address = engineAddress(variables);
    if (last?.address.socket !== address.socket) last = new ContainerEngine(address);
    return last;
  };
}

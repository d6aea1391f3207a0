import { setMaxListeners } from 'node:events';

/**
 * Lets any number listen to a signal. Node takes more than ten for a leak and warns; here one operation may be many things at
 * once, each of which stops listening at its end.
 */
export function letManyListen(signal: AbortSignal): void {
  setMaxListeners(0, signal); // not only where the limit is Node's own: getMaxListeners of Node 20 throws for a signal with 0
}

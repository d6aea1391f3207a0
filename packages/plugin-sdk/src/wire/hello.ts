import { FEATURES, type HelloPayload, PROTOCOL_RANGE } from '@bulkhead/protocol';
import { VERSION } from '../version.ts';

/** No signal is needed: what waits here waits in the event loop. */
const OFFERED = FEATURES.filter((feature) => feature !== 'interrupt_signal');

/**
 * What this process, or thread, says of itself before it loads the plugin.
 *
 * @param lacking features that it does not have
 */
export function helloOf(environment: string, lacking: readonly string[] = []): HelloPayload {
  return {
    protocol: PROTOCOL_RANGE,
    features: OFFERED.filter((feature) => !lacking.includes(feature)),
    sdk: { name: '@bulkhead/plugin-sdk', version: VERSION },
    language: { name: 'javascript', version: process.versions.node, implementation: 'node' },
    pid: process.pid,
    environment,
  };
}

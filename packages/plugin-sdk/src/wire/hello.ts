import { FEATURES, type HelloPayload, PROTOCOL_RANGE } from '@bulkhead/protocol';
import { VERSION } from '../version.ts';

/** No signal is needed: what waits here waits in the event loop. */
const OFFERED = FEATURES.filter((feature) => feature !== 'interrupt_signal');

/** What this process says of itself before it loads the plugin. */
export function helloOf(environment: string): HelloPayload {
  return {
    protocol: PROTOCOL_RANGE,
    features: OFFERED,
    sdk: { name: '@bulkhead/plugin-sdk', version: VERSION },
    language: { name: 'javascript', version: process.versions.node, implementation: 'node' },
    pid: process.pid,
    environment,
  };
}

import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { onlyInLongRuns } from './not-run.ts';
import { type Over, startedBy } from './test-home.ts';

/** What a plugin with the SDK can talk over. */
export interface Wire {
  readonly name: string;
  readonly over: Over;
}

export const OVER_GRPC: Over = { transport: 'grpc', dependencies: ['grpcio'] };
export const OVER_ZEROMQ: Over = { transport: 'zeromq', dependencies: ['pyzmq'] };

/** Each of them, one line. The first is the default. */
export const WIRES: readonly Wire[] = [
  { name: 'sockets', over: {} },
  { name: 'stdio', over: { transport: 'stdio' } },
  { name: 'gRPC', over: OVER_GRPC },
  { name: 'ZeroMQ', over: OVER_ZEROMQ },
];

let current: Over = {};
const folders: string[] = [];

/** Defines these tests over sockets and, in long runs, over every other wire: `onThisWire` makes their registry. */
export function overEachWire(define: (wire: Wire) => void): void {
  for (const wire of WIRES) {
    const { name, over } = wire;
    const isDefault = over.transport === undefined;
    describe(`over ${name}:`, isDefault ? {} : onlyInLongRuns(), () => {
      beforeAll(() => {
        current = over;
      });
      define(wire);
      afterAll(async () => {
        current = {};
        for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
      });
    });
  }
}

/** Copies a fixture's registry, or makes one of a fixture's folder, with all plugins over the wire that is tested. Removed with the tests of that wire. */
export async function onThisWire(registry: string): Promise<string> {
  const copy = await startedBy(current, registry);
  folders.push(dirname(copy));
  return copy;
}

import { type HelloPayload, FEATURES, type HostMessage, Kind } from '@bulkhead/protocol';
import { afterEach, beforeEach, describe } from 'vitest';
import { callInput } from '../../src/session/call-input.ts';
import type { CallReceiver } from '../../src/session/call-receiver.ts';
import { Session, type SessionOptions } from '../../src/session/session.ts';
import type { HostCallHandler } from '../../src/session/host-calls.ts';
import type { PluginStream } from '../../src/session/plugin-stream.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { createMemoryPair, type MemoryPeer } from '../transport/memory-pair.ts';
import { factories, type Pair, type PairFactory } from '../transport/pairs.ts';

export const LIMITS = { frame: 1024 * 1024, body: 16 * 1024 * 1024, values: 1_000_000 };
const HELLO: HelloPayload = {
  protocol: [1, 1],
  features: FEATURES,
  sdk: { name: 'test', version: '0' },
  language: { name: 'python', version: '3.11.7' },
  pid: 4711,
  environment: 'none',
};

const WITHOUT_RESOURCES: Pick<SessionOptions, 'lease' | 'gone'> = {
  lease: () => Promise.reject(new Error('there are no resources')),
  gone: new Promise(() => {}),
};

const inMemory: PairFactory['create'] = async (limits = LIMITS) => ({
  ...createMemoryPair({ limits }),
  cleanUp: async () => {},
});
/** Of the transport that is tested; outside of `overEachTransport` in memory. */
let create = inMemory;
const made: Awaited<ReturnType<PairFactory['create']>>[] = [];

/** Defines these tests for each transport, whose pairs `createPair` then makes. */
export function overEachTransport(define: () => void): void {
  describe.each(factories)('over $name:', (factory) => {
    beforeEach(() => {
      create = factory.create;
    });
    afterEach(async () => {
      create = inMemory;
      await Promise.all(made.splice(0).map((pair) => pair.cleanUp()));
    });
    define();
  });
}

/** Both ends of the transport that is tested, which end with the test. */
export async function createPair(): Promise<Pair> {
  const pair = await create(LIMITS);
  made.push(pair);
  return pair;
}

/** A session over this pair, whose peer has to greet. */
export async function openSession(
  { transport }: Pair,
  hostCall: HostCallHandler<CallReceiver> = () => Promise.reject(new Error('there are no other plugins')),
  process: Pick<SessionOptions, 'lease' | 'gone'> = WITHOUT_RESOURCES,
): Promise<Session> {
  const options = {
    plugin: 'peer',
    confined: false,
    isolated: false,
    generation: 1,
    configuration: {},
    concurrency: 1,
    limits: LIMITS,
    log: () => {},
    hide: (text: string) => text,
    hostCall,
    ...process,
  };
  return (await Session.open(transport, options, AbortSignal.timeout(10_000))).session;
}

/** A session with a played plugin that knows every feature unless said otherwise, and does with each message what `hear` does. */
export async function sessionWith(
  hear: (message: HostMessage, peer: MemoryPeer) => void,
  hostCall?: HostCallHandler<CallReceiver>,
  features: readonly string[] = FEATURES,
  process?: Pick<SessionOptions, 'lease' | 'gone'>,
): Promise<{ session: Session; peer: MemoryPeer; transport: Transport }> {
  const { transport, peer } = await createPair();
  peer.receive = (message) => {
    if (message[0] === Kind.Welcome) peer.send([Kind.Ready, 0, { metadata: {}, actions: { execute: {} } }]);
    else hear(message, peer);
  };
  peer.send([Kind.Hello, 0, { ...HELLO, features }]);
  const session = await openSession({ transport, peer }, hostCall, process);
  return { session, peer, transport };
}

/** The answer of a call of `execute`: its value, or its stream, which is then told of its end. A test need not wait for it. */
export function call(session: Session, input: unknown = null): Promise<unknown> {
  const answer = new Promise((resolve, reject) => {
    let stream: PluginStream | undefined;
    session.call('execute', callInput(input), {
      action: 'execute',
      stream: (begun) => {
        stream = begun;
        resolve(begun);
      },
      resolve: (value) => {
        stream?.leave();
        if (stream === undefined) resolve(value);
        else stream.end(value);
      },
      reject: (error) => {
        stream?.leave();
        if (stream === undefined) reject(error as Error);
        else stream.fail(error);
      },
    });
  });
  answer.catch(() => {});
  return answer;
}

import { Duplex } from 'node:stream';
import { decode, encode, type PluginMessage } from '@bulkhead/protocol';
import { Instance } from '../process/instance.ts';
import type { ControlChannel } from '../wire/control-channel.ts';
import { DataChannel } from '../wire/data-channel.ts';
import { Conversation } from './conversation.ts';
import type { FakeHost } from './fake-host.ts';

/** A plugin in this process, served by the code that serves it in production. */
export interface Served {
  readonly conversation: Conversation;
  /** Resolves when it has ended; never rejects. */
  readonly ended: Promise<unknown>;
}

/** @param exported a plugin, as its module would export it */
export function serveInMemory(exported: unknown, host: FakeHost): Served {
  const [ours, theirs] = pair();
  const cancelled = new Set<number>();
  const control: ControlChannel = {
    send: (message) => conversation.receive(decode(encode(message)) as PluginMessage),
    isCancelled: (call) => cancelled.has(call),
    flush: () => {},
  };
  const data = new DataChannel(theirs);
  const instance = new Instance(data, control);
  const conversation = new Conversation(
    ours,
    ([, call]) => {
      cancelled.add(call as number);
      instance.cancelled(call as number);
    },
    host,
  );
  data.open({
    message: (message) => instance.message(message),
    refused: (error, frame) => instance.refused(error, frame),
    ended: () => {},
  });
  return { conversation, ended: instance.serve(async () => exported, 'the plugin of the test') };
}

/** Two ends of a stream in memory. */
function pair(): [Duplex, Duplex] {
  const end = (other: () => Duplex): Duplex =>
    new Duplex({
      read() {},
      write(chunk: Buffer, _encoding, done) {
        other().push(Buffer.from(chunk)); // its writer uses the memory again
        done();
      },
    });
  const one: Duplex = end(() => two);
  const two: Duplex = end(() => one);
  return [one, two];
}

/** What the host starts: `node bootstrap.js --plugin … --folder … --entry-point … --endpoint …`; options.ts lists the options. */
import { Kind } from '@bulkhead/protocol';
import { ThreadedControl } from '../wire/control-channel.ts';
import { DataChannel } from '../wire/data-channel.ts';
import { BROKEN_STATUS, complain } from '../wire/end-process.ts';
import { openPlace, type Place, readEndpoint, readPlace } from '../wire/endpoint.ts';
import { helloOf } from '../wire/hello.ts';
import { Instance } from './instance.ts';
import { openInspector } from './open-inspector.ts';
import { readOptions } from './options.ts';
import { FLUSH_MILLISECONDS, openData, servePlugin } from './serve-plugin.ts';

const options = readOptions(process.argv.slice(2));
const { data, control } = readEndpoint(options.endpoint);
const lifeline = options.lifeline === undefined ? undefined : readPlace(options.lifeline);
const channel = new DataChannel(openPlace(data));
// The host waits for HELLO, so that goes first.
channel.send([Kind.Hello, 0, helloOf(options.environment)]);
const controlChannel = new ThreadedControl(
  { control, lifeline, descriptors: numbered({ 'data channel': data, 'control channel': control, lifeline }) },
  {
    cancelled: (call) => instance.cancelled(call),
    inspect: openInspector,
    broken: leaveBroken,
  },
);
const instance = new Instance(channel, controlChannel);
openData(channel, instance, leaveBroken);
process.on('exit', () => controlChannel.flush(FLUSH_MILLISECONDS));
process.exit(await servePlugin(instance, channel, options));

function numbered(places: Readonly<Record<string, Place | undefined>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(places).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}

function leaveBroken(reason: string): void {
  complain(reason);
  process.exit(BROKEN_STATUS);
}

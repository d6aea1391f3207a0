/** What the host starts: `node bootstrap.js --plugin … --folder … --entry-point … --endpoint …`; options.ts lists the options. */
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Kind } from '@bulkhead/protocol';
import { ThreadedControl } from '../wire/control-channel.ts';
import { DataChannel } from '../wire/data-channel.ts';
import { BROKEN_STATUS, complain } from '../wire/end-process.ts';
import { openPlace, type Place, readEndpoint, readPlace } from '../wire/endpoint.ts';
import { helloOf } from '../wire/hello.ts';
import { loadEntryPoint } from './entry-point.ts';
import { useEnvironment } from './environment-modules.ts';
import { Instance } from './instance.ts';
import { openInspector } from './open-inspector.ts';
import { readOptions } from './options.ts';

/** Longest wait for log lines that are on their way when this process leaves. */
const FLUSH_MILLISECONDS = 200;

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
channel.open({
  message: (message) => instance.message(message),
  refused: (error, frame) => instance.refused(error, frame),
  ended: () =>
    setTimeout(
      leaveBroken,
      FLUSH_MILLISECONDS,
      'The data channel to the host was shut down, by this plugin or the host.',
    ),
});
process.on('exit', () => controlChannel.flush(FLUSH_MILLISECONDS));
// The plugin sees itself as the program that was started.
const { folder, entryPoint, prefix } = options;
process.argv.splice(1, Infinity, `${folder}/${entryPoint}`);
const own = realpathSync(folder);
useEnvironment({
  folder: own,
  prefix: prefix === undefined ? own : realpathSync(prefix),
  sdk: dirname(fileURLToPath(import.meta.url)),
});
const status = await instance.serve(() => loadEntryPoint(own, entryPoint), entryPoint);
await channel.written();
process.exit(status);

function numbered(places: Readonly<Record<string, Place | undefined>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(places).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}

function leaveBroken(reason: string): void {
  complain(reason);
  process.exit(BROKEN_STATUS);
}

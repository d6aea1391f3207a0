/** What runs in the thread of one plugin of a group: as process/bootstrap.ts does it for a process. */
import { Socket } from 'node:net';
import { inspect } from 'node:util';
import { workerData } from 'node:worker_threads';
import { Kind } from '@bulkhead/protocol';
import { Instance } from '../process/instance.ts';
import { FLUSH_MILLISECONDS, openData, servePlugin } from '../process/serve-plugin.ts';
import { DataChannel } from '../wire/data-channel.ts';
import { BROKEN_STATUS } from '../wire/end-process.ts';
import { helloOf } from '../wire/hello.ts';
import { PostedControl } from '../wire/posted-control.ts';
import type { MemberNews, MemberRequest, MemberThreadData } from './member.ts';
import { writeOutputTo } from './thread-output.ts';

const { options, data, output, port, state } = workerData as MemberThreadData;
writeOutputTo(output);
const tell = (news: MemberNews): void => port.postMessage(news);
tell('has data'); // said first: a descriptor that nobody closes is better than one that two do
const channel = new DataChannel(new Socket({ fd: data, readable: true, writable: true }));
// A debugger would hold all plugins of the process.
channel.send([Kind.Hello, 0, helloOf(options.environment, ['debug'])]);
const control = new PostedControl(port, state);
const instance = new Instance(channel, control);
port.on('message', ({ cancelled }: MemberRequest) => instance.cancelled(cancelled));
openData(channel, instance, (reason) => {
  process.stderr.write(`${reason}\n`);
  process.exit(BROKEN_STATUS);
});
process.on('uncaughtExceptionMonitor', (error) => void process.stderr.write(`${inspect(error)}\n`));
process.on('exit', (status) => {
  control.flush(FLUSH_MILLISECONDS);
  tell({ status });
});
process.exit(await servePlugin(instance, channel, options));

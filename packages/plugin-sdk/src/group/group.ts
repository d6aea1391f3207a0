/** What the host starts for plugins that share a process: `node group.js --lifeline …`; see "Groups" in the protocol. */
import { FrameDecoder, GroupKind } from '@bulkhead/protocol';
import { valuesOf } from '../process/options.ts';
import { killWithDescendants } from '../wire/end-process.ts';
import { openPlace, readPlace } from '../wire/endpoint.ts';
import { framed } from '../wire/framed.ts';
import { Member } from './member.ts';
import { OfferedSockets } from './offered-sockets.ts';

const CHANNEL_FD = 6;
const LISTENER_FD = 7;

// No code of a plugin runs in this thread, so that it always answers.
const lifeline = valuesOf(process.argv.slice(2)).get('--lifeline');
if (lifeline !== undefined) endWith(readPlace(lifeline));
const members = new Map<number, Member>();
const offered = new OfferedSockets(LISTENER_FD);
const channel = endWith(CHANNEL_FD);
const decoder = new FrameDecoder({
  frame: (message) => take(message as [number, number, Readonly<Record<string, string>>]),
  refused: () => {}, // the next frame can be read
});
channel.on('data', (chunk) => decoder.push(chunk));

/** The host has the other end. */
function endWith(place: string | number): ReturnType<typeof openPlace> {
  return openPlace(place)
    .on('error', () => {})
    .once('close', killWithDescendants)
    .resume();
}

function take([kind, number, options]: readonly [number, number, Readonly<Record<string, string>>]): void {
  if (kind === GroupKind.Begin) void begin(number, options);
  else if (kind === GroupKind.Interrupt) members.get(number)?.interrupt();
  else if (kind === GroupKind.Leave) process.exit(0);
}

async function begin(number: number, options: Readonly<Record<string, string>>): Promise<void> {
  const sockets = await offered.next();
  try {
    const ended = (status: number, limit: 'memory' | undefined): void => {
      members.delete(number);
      channel.write(framed([GroupKind.Ended, number, status, ...(limit === undefined ? [] : [limit])]));
    };
    members.set(number, new Member(options, sockets, ended));
  } catch (error) {
    for (const socket of Object.values(sockets)) socket.destroy();
    channel.write(framed([GroupKind.NotBegun, number, `its thread can't be started: ${(error as Error).message}`]));
  }
}

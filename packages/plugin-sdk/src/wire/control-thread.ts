/**
 * Serves the control channel, and watches the lifeline, in a thread of its own: user code may keep the main thread busy for as long
 * as it likes, and still pings are answered, cancels are noted, and the process ends with its host.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { FrameDecoder, Kind } from '@bulkhead/protocol';
import { ControlState } from './control-state.ts';
import { complain, Descriptors, killWithDescendants } from './end-process.ts';
import { openPlace, type Place } from './endpoint.ts';
import { framed } from './framed.ts';

export interface ControlThreadData {
  readonly control: Place;
  readonly lifeline: Place | undefined;
  readonly descriptors: Readonly<Record<string, number>>;
  readonly state: SharedArrayBuffer;
}

/** To the main thread. */
export type ControlNews =
  | { readonly cancelled: number }
  | { readonly debug: readonly [id: number, request: unknown] }
  | { readonly broken: string };

/** A host that dies closes one descriptor after the other: the lifeline may be the last. */
const LIFELINE_PATIENCE_MILLISECONDS = 100;
/** Longest wait for the main thread to leave by itself. */
const LEAVE_MILLISECONDS = 1_000;

const { control, lifeline, descriptors, state: memory } = workerData as ControlThreadData;
const state = new ControlState(memory);
const known = new Descriptors(descriptors);
const socket = openPlace(control);
const port = parentPort!;
const tell = (news: ControlNews): void => port.postMessage(news);

const decoder = new FrameDecoder({
  frame: (message) => take(message as [number, number, unknown]),
  refused: () => {}, // the next frame can be read, and no message on control is worth ending for
});
socket.on('data', (chunk) => decoder.push(chunk));
socket.on('error', () => {}); // `close` follows
socket.once('close', lost);
if (lifeline !== undefined)
  openPlace(lifeline)
    .on('error', () => {})
    .once('close', killWithDescendants)
    .resume();
port.on('message', (frame: Uint8Array) => void socket.write(frame, () => state.noteWritten()));

function take([kind, id, value]: readonly [number, number, unknown]): void {
  if (kind === Kind.Cancel) {
    state.noteCancelled(id);
    tell({ cancelled: id });
  } else if (kind === Kind.Ping) {
    const { damage } = known;
    if (damage !== undefined) return breakOff(damage);
    socket.write(framed([Kind.Pong, id]));
  } else if (kind === Kind.Debug) tell({ debug: [id, value] });
}

/** By the host's end; or, if it has not ended, by something that was done here. */
function lost(): void {
  if (lifeline === undefined) killWithDescendants();
  else
    setTimeout(
      () => breakOff(known.damage ?? 'The control channel to the host was shut down, by this plugin or the host.'),
      LIFELINE_PATIENCE_MILLISECONDS,
    );
}

function breakOff(broken: string): void {
  tell({ broken });
  setTimeout(() => {
    complain(broken);
    killWithDescendants();
  }, LEAVE_MILLISECONDS);
}

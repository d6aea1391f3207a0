/**
 * Serves the control channel, and watches the lifeline, in a thread of its own: user code may keep the main thread busy for as long
 * as it likes, and still pings are answered, cancels are noted, and the process ends with its host.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { type DebugPayload, FrameDecoder, Kind } from '@bulkhead/protocol';
import { ControlState } from './control-state.ts';
import { openDebuggerDoor } from './debugger-door.ts';
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
  /** A debugger is to be let in: the inspector has to listen on that host. */
  | { readonly inspect: string }
  | { readonly broken: string };

/** From the main thread: a frame to be written; or where the inspector listens, or why it does not. */
export type ControlRequest = Uint8Array | { readonly inspector: number } | { readonly noInspector: string };

/** Longest wait for the main thread to open the inspector. */
const INSPECTOR_MILLISECONDS = 10_000;
/** A host that dies closes one descriptor after the other: the lifeline may be the last. */
const LIFELINE_PATIENCE_MILLISECONDS = 100;
const BUSY = 'its code keeps the event loop busy; try again when it is idle';
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
port.on('message', (request: ControlRequest) => {
  if (request instanceof Uint8Array) socket.write(request, () => state.noteWritten());
  else void answerDebugs(request);
});
/** Those that wait for the inspector. */
const debugs = new Map<number, DebugPayload>();
/** The port that is open to debuggers. */
let door: Promise<number> | undefined;

function take([kind, id, value]: readonly [number, number, unknown]): void {
  if (kind === Kind.Cancel) {
    state.noteCancelled(id);
    tell({ cancelled: id });
  } else if (kind === Kind.Ping) {
    const { damage } = known;
    if (damage !== undefined) return breakOff(damage);
    socket.write(framed([Kind.Pong, id]));
  } else if (kind === Kind.Debug) askForInspector(id, value as DebugPayload);
}

function askForInspector(id: number, request: DebugPayload): void {
  debugs.set(id, request);
  tell({ inspect: request.host });
  setTimeout(() => {
    if (debugs.delete(id)) socket.write(framed([Kind.Debugging, id, { error: BUSY }]));
  }, INSPECTOR_MILLISECONDS).unref();
}

async function answerDebugs(news: Exclude<ControlRequest, Uint8Array>): Promise<void> {
  for (const [id, request] of debugs) {
    debugs.delete(id);
    socket.write(framed([Kind.Debugging, id, await letIn(id, request, news)]));
  }
}

/** @returns what DEBUGGING says */
async function letIn(id: number, request: DebugPayload, news: Exclude<ControlRequest, Uint8Array>): Promise<object> {
  if ('noInspector' in news) return { error: news.noInspector };
  try {
    door ??= openDebuggerDoor(news.inspector, request, (attached) => {
      socket.write(framed([Kind.Debugging, id, { attached }]));
    });
    return { host: request.host, port: await door };
  } catch (error) {
    door = undefined;
    return { error: (error as Error).message };
  }
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

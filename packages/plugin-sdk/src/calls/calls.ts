import { HOOKS_ACTION, type HostMessage, Kind, type RefusedFrame } from '@bulkhead/protocol';
import { Cancelled } from '../author/errors.ts';
import type { ServedAction, ServedPlugin } from '../author/served-plugin.ts';
import type { ControlChannel } from '../wire/control-channel.ts';
import type { DataChannel } from '../wire/data-channel.ts';
import { Answers } from './answers.ts';
import { callFailure } from './failure.ts';
import { HostRequests } from './host-requests.ts';
import { InputStreams, withLists } from './input-streams.ts';
import { chunksOf, sendStream } from './outgoing-stream.ts';
import { hooksAction } from './run-hooks.ts';
import { RunningCall } from './running-call.ts';
import { Turns } from './turns.ts';

/** Longest wait until a word of progress is written. */
const PROGRESS_MILLISECONDS = 20;

type CallMessage = HostMessage & { readonly 0: typeof Kind.Call };

/** The calls of this instance: takes the host's messages, and runs as many at the same time as was agreed. */
export class Calls {
  readonly #data: DataChannel;
  readonly #control: ControlChannel;
  readonly #actions: ReadonlyMap<string, ServedAction>;
  readonly #names: readonly string[];
  readonly #answers: Answers;
  readonly #requests: HostRequests;
  readonly #turns: Turns;
  readonly #running = new Map<number, RunningCall>();
  #leave: (() => void) | undefined;

  constructor(data: DataChannel, control: ControlChannel, { actions, hooks }: ServedPlugin, concurrency: number) {
    this.#data = data;
    this.#control = control;
    this.#names = [...actions.keys()];
    this.#actions = hooks.length === 0 ? actions : new Map([...actions, [HOOKS_ACTION, hooksAction(hooks)]]);
    this.#answers = new Answers(data);
    this.#requests = new HostRequests(data);
    this.#turns = new Turns(concurrency);
  }

  /** @throws Error for a message that no host sends */
  take(message: HostMessage): void {
    switch (message[0]) {
      case Kind.Call:
        return this.#begin(message);
      case Kind.Credit:
        return this.#credit(message[1], message[2]);
      case Kind.InputChunk:
        return this.#running.get(message[1])?.inputs?.receive(message[2], message[3]);
      case Kind.InputEnd:
        return this.#running.get(message[1])?.inputs?.end(message[2]);
      case Kind.HostResult:
        return this.#requests.answered(message[1], message[2]);
      case Kind.HostFailure:
        return this.#requests.failed(message[1], message[2]);
      case Kind.Welcome:
      case Kind.Shutdown:
      case Kind.Cancel:
      case Kind.Ping:
      case Kind.Debug:
        throw new Error(`the host sent a message of kind ${message[0]} where none belongs`);
    }
  }

  /** A frame that can't be read: what it was for fails. */
  refused(error: Error, { kind, id }: RefusedFrame): void {
    if (id === undefined) return;
    const failure = { code: 'FRAME_REFUSED', message: error.message };
    if (kind === Kind.Call) this.#answers.failure(id, failure);
    else if (kind === Kind.HostResult || kind === Kind.HostFailure) this.#requests.failed(id, failure);
    else if (kind === Kind.InputChunk) this.#running.get(id)?.inputs?.fail(error);
  }

  /** The host wants no answer any more. One that has not begun is answered now: its turn may come late. */
  cancel(id: number): void {
    const call = this.#running.get(id);
    if (call === undefined) return;
    call.cancel();
    if (call.leaveQueue === undefined) return;
    call.leaveQueue();
    this.#answers.failure(id, callFailure(new Cancelled(), true));
    this.#over(call);
  }

  /** Resolves when every call that was taken is answered. */
  async finished(): Promise<void> {
    if (this.#running.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#leave = resolve;
    });
  }

  #begin([, id, name, input, timeout, places = [], trace]: CallMessage): void {
    const action = this.#actions.get(name);
    if (action === undefined) {
      const message = `there is no action ${JSON.stringify(name)}`;
      return this.#answers.failure(id, { code: 'ACTION_UNKNOWN', message, data: { actions: this.#names } });
    }
    const parts = { data: this.#data, control: this.#control, requests: this.#requests };
    const call = new RunningCall(id, timeout ?? undefined, trace, parts);
    if (places.length > 0) call.inputs = new InputStreams(this.#data, id, places, action.streams);
    this.#running.set(id, call);
    const turn = this.#turns.enter((leaveQueue) => {
      call.leaveQueue = leaveQueue;
    });
    if (turn === undefined) void this.#run(call, action, input, places);
    else void turn.then(() => this.#run(call, action, input, places));
  }

  async #run(
    call: RunningCall,
    action: ServedAction,
    input: unknown,
    places: readonly (string | null)[],
  ): Promise<void> {
    call.leaveQueue = undefined;
    try {
      const given = withLists(call.inputs === undefined ? input : call.inputs.within(input), action.streams, places);
      const answer = await action.run(given, call.context);
      // the host drops what comes behind the answer, and the last word is the one that people wait for
      if (call.hasProgress) this.#control.flush(PROGRESS_MILLISECONDS);
      const chunks = this.#data.hasAgreed('streams') ? chunksOf(answer) : undefined;
      if (chunks === undefined) this.#answers.value(Kind.Result, call.id, answer);
      else await sendStream(call, chunks, { data: this.#data, answers: this.#answers, turns: this.#turns });
    } catch (error) {
      this.#answers.failure(call.id, callFailure(error, call.isCancelled || call.window?.isUnwanted === true));
    }
    this.#turns.leave();
    this.#over(call);
  }

  #credit(id: number, count: number): void {
    const call = this.#running.get(id);
    if (call?.window !== undefined) call.window.credit(count);
    else if (count === 0) this.cancel(id); // behind a CANCEL, which may be slower than this
  }

  #over(call: RunningCall): void {
    call.end();
    this.#running.delete(call.id);
    if (this.#running.size === 0) this.#leave?.();
  }
}

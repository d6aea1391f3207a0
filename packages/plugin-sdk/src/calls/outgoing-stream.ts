import { Kind } from '@bulkhead/protocol';
import { Cancelled } from '../author/errors.ts';
import type { DataChannel } from '../wire/data-channel.ts';
import type { Answers } from './answers.ts';
import type { RunningCall } from './running-call.ts';
import { SendWindow } from './send-window.ts';
import type { Turns } from './turns.ts';

type Chunks = AsyncIterator<unknown, unknown> | Iterator<unknown, unknown>;

/** The chunks of an answer; undefined: it is no stream. */
export function chunksOf(answer: unknown): Chunks | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  if (Symbol.asyncIterator in answer) return (answer as AsyncIterable<unknown, unknown>)[Symbol.asyncIterator]();
  const isGenerator = Object.prototype.toString.call(answer) === '[object Generator]';
  return isGenerator ? (answer as Generator) : undefined;
}

/**
 * Sends a stream to its end, no further ahead than its reader allows. Where calls run one by one, others have their turn between
 * two chunks. It begins and ends within a turn.
 *
 * @throws what the generator throws; Cancelled if no more is wanted
 */
export async function sendStream(
  call: RunningCall,
  chunks: Chunks,
  { data, answers, turns }: { readonly data: DataChannel; readonly answers: Answers; readonly turns: Turns },
): Promise<void> {
  const window = (call.window = new SendWindow());
  answers.streamBegins(call.id);
  let isAtEnd = false;
  try {
    while (!window.isUnwanted && !call.isCancelled) {
      const step = await chunks.next();
      if (step.done === true) {
        isAtEnd = true;
        answers.value(Kind.End, call.id, step.value);
        return;
      }
      const bytes = answers.value(Kind.Chunk, call.id, await step.value);
      if (bytes === 0) return;
      window.sent(bytes);
      await data.writable;
      if (!window.isOpen || (turns.isOneByOne && turns.areWanted)) await between(turns, window);
    }
  } catch (error) {
    isAtEnd = true; // a generator that has thrown is over
    throw error;
  } finally {
    if (!isAtEnd) await chunks.return?.();
  }
  throw new Cancelled();
}

async function between(turns: Turns, window: SendWindow): Promise<void> {
  if (!turns.isOneByOne) return await window.opened();
  turns.leave();
  await window.opened();
  await turns.enter();
}

import { type BulkheadError, isBulkheadError } from '../../errors/bulkhead-error.ts';
import type { ErrorCode } from '../../errors/error-details.ts';
import { planCalls, type PlanOptions } from '../inputs/call-plan.ts';
import { type Check, found, inapplicable, unexpected } from '../check.ts';
import { milliseconds } from '../words.ts';

/** What a tier or a transport needs that is not there: it says nothing of the plugin. */
const NOT_TO_BE_RUN_SO: readonly ErrorCode[] = [
  'TRANSPORT_PACKAGE_MISSING',
  'IMAGE_MISSING',
  'ENGINE_UNAVAILABLE',
  'ENGINE_NOT_PERMITTED',
];

/** All others need what it starts: if it fails they have nothing to look at. */
export function handshake(options: PlanOptions): Check {
  return {
    name: 'handshake',
    question: 'Does it start, and say who it is?',
    async run(subject, tell) {
      const { manager, id, recording } = subject;
      try {
        await manager.preparePlugin(id, ({ message }) => tell(message));
        tell('starting');
        await manager.startPlugin(id);
      } catch (error) {
        subject.signal.throwIfAborted();
        if (isBulkheadError(error) && NOT_TO_BE_RUN_SO.includes(error.code)) return inapplicable(inWords(error));
        return found('it did not become ready', [unexpected(error)]);
      }
      const description = await manager.describePlugin(id);
      subject.plan = planCalls(description, options);
      subject.description = description;
      const [took] = recording.starts.values();
      const { python, node } = description;
      const language = python === undefined ? (node === undefined ? '' : `, Node ${node}`) : `, Python ${python}`;
      return found(`ready after ${milliseconds(took ?? 0)}${language}`);
    },
  };
}

function inWords({ message, advice }: BulkheadError): string {
  return advice === '' ? message : `${message} ${advice}`;
}

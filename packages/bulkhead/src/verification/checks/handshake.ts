import { isBulkheadError } from '../../errors/bulkhead-error.ts';
import { planCalls, type PlanOptions } from '../inputs/call-plan.ts';
import { type Check, found, inapplicable, unexpected } from '../check.ts';
import { milliseconds } from '../words.ts';

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
        if (isBulkheadError(error, 'TRANSPORT_PACKAGE_MISSING'))
          return inapplicable(`${error.message} ${error.advice}`);
        return found('it did not become ready', [unexpected(error)]);
      }
      const description = await manager.describePlugin(id);
      subject.plan = planCalls(description, options);
      subject.description = description;
      const [took] = recording.starts.values();
      const { python } = description;
      const language = python === undefined ? '' : `, Python ${python}`;
      return found(`ready after ${milliseconds(took ?? 0)}${language}`);
    },
  };
}

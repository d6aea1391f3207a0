import type { RemoteFailure } from '@bulkhead/protocol';
import { type HideSecrets, hideInValue } from '../lifecycle/hide-secrets.ts';
import { isRecord } from '../lifecycle/is-record.ts';
import { visibleLine, visibleText } from '../lifecycle/visible-text.ts';

/** Characters: what people still read. Longer texts are cut. */
const LONGEST_MESSAGE = 16_384;
const LONGEST_TYPE = 256;
const LONGEST_TRACEBACK = 65_536;
/** Exceptions that caused one another. */
const MOST_CAUSES = 16;

/**
 * A failure as a plugin sent it, with the secrets in its texts hidden, and the texts made visible and cut; undefined if it is not
 * of the right shape.
 */
export function readFailure(value: unknown, hide: HideSecrets): RemoteFailure | undefined {
  return read(value, hide, MOST_CAUSES);
}

function read(value: unknown, hide: HideSecrets, causesLeft: number): RemoteFailure | undefined {
  if (!isRecord(value) || typeof value['code'] !== 'string' || typeof value['message'] !== 'string') return undefined;
  const { code, message, type, traceback, data } = value;
  const isLast = causesLeft === 0 && isRecord(value['cause']);
  const cause = isLast ? undefined : read(value['cause'], hide, causesLeft - 1);
  return {
    code: visibleLine(code, LONGEST_TYPE),
    message: `${visibleLine(message, LONGEST_MESSAGE, hide)}${isLast ? ' (its causes are left out)' : ''}`,
    ...(typeof type === 'string' ? { type: visibleLine(type, LONGEST_TYPE, hide) } : {}),
    ...(typeof traceback === 'string' ? { traceback: visibleTraceback(traceback, hide) } : {}),
    ...(cause === undefined ? {} : { cause }),
    ...(data === undefined || data === null ? {} : { data: hideInValue(data, hide) }),
  };
}

/** Its end tells most: Python shows the innermost call last. */
function visibleTraceback(text: string, hide: HideSecrets): string {
  if (text.length <= LONGEST_TRACEBACK) return visibleText(text, LONGEST_TRACEBACK, hide);
  const kept = text.slice(-LONGEST_TRACEBACK);
  const whole = kept.slice(kept.indexOf('\n') + 1);
  return `… (${text.length - whole.length} more characters)\n${visibleText(whole, LONGEST_TRACEBACK, hide)}`;
}

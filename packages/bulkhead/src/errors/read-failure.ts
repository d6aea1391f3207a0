import type { RemoteFailure } from '@bulkhead/protocol';
import { isRecord } from '../lifecycle/is-record.ts';

/** A failure as a plugin sent it; undefined if it is not of the right shape. */
export function readFailure(value: unknown): RemoteFailure | undefined {
  if (!isRecord(value) || typeof value['code'] !== 'string' || typeof value['message'] !== 'string') return undefined;
  const { code, message, type, traceback, data } = value;
  const cause = readFailure(value['cause']);
  return {
    code,
    message,
    ...(typeof type === 'string' ? { type } : {}),
    ...(typeof traceback === 'string' ? { traceback } : {}),
    ...(cause === undefined ? {} : { cause }),
    ...(data === undefined || data === null ? {} : { data }),
  };
}

import { BulkheadError } from '../errors/bulkhead-error.ts';
import { copyValue, UncopyableError } from '../lifecycle/copy-value.ts';

/** An event's data as it is now. @throws BulkheadError `HOOK_DATA_INVALID` */
export function copyOfData<Data>(event: string, data: Data): Data {
  try {
    return copyValue(data);
  } catch (error) {
    if (!(error instanceof UncopyableError)) throw error;
    const { path, message: reason, cause } = error;
    throw new BulkheadError('HOOK_DATA_INVALID', { event, path, reason }, { cause });
  }
}

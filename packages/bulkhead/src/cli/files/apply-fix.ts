import { isBulkheadError } from '../../errors/bulkhead-error.ts';
import type { TrialFix } from '../../errors/catalogue/environment.ts';
import type { ErrorDetails } from '../../errors/error-details.ts';
import { editPlugin } from '../../registry/write-registry.ts';

/** The likeliest cure of a failed trial import that can be written into the registry. */
export function firstFix(error: unknown): TrialFix | undefined {
  if (!isBulkheadError(error) || error.code !== 'TRIAL_IMPORT_FAILED') return undefined;
  return (error.details as ErrorDetails['TRIAL_IMPORT_FAILED']).fixes[0];
}

/** Writes it into the plugin's entry; everything else in the file stays as it is. */
export async function applyFix(registry: string, plugin: string, fix: TrialFix): Promise<void> {
  if (fix.field === 'as_of') {
    await editPlugin(registry, plugin, { asOf: fix.value });
    return;
  }
  for (const dependency of fix.add) await editPlugin(registry, plugin, { dependency });
}

export function describeFix(fix: TrialFix): string {
  return fix.field === 'as_of'
    ? `as_of: ${fix.value}`
    : `dependencies: ${fix.add.map((each) => `"${each}"`).join(', ')}`;
}

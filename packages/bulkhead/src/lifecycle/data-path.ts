/** A key of an object or an index of an array. */
export type DataStep = string | number;

/** `$.rows[3]["first name"]`, as the codec writes it; the steps come outermost first. */
export function formatDataPath(steps: readonly DataStep[]): string {
  return `$${steps.map(formatStep).join('')}`;
}

function formatStep(step: DataStep): string {
  if (typeof step === 'number') return `[${step}]`;
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}

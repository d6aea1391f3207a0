/** A key of a map or an index of an array. */
export type PathStep = string | number;

const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_]*$/;
const LONGEST_KEY = 60;
/** A cycle gives a path of 257 steps; more than this many are cut in the middle. */
const MOST_STEPS = 16;
const STEPS_KEPT_AT_START = 8;
const STEPS_KEPT_AT_END = 4;

/** Writes `$.rows[3]["first name"]`. The steps come innermost first. Python's `_codec/error.py` writes the same. */
export function formatPath(innermostFirst: readonly PathStep[]): string {
  const steps = innermostFirst.toReversed().map(formatStep);
  if (steps.length <= MOST_STEPS) return `$${steps.join('')}`;
  return `$${steps.slice(0, STEPS_KEPT_AT_START).join('')}…${steps.slice(-STEPS_KEPT_AT_END).join('')}`;
}

function formatStep(step: PathStep): string {
  if (typeof step === 'number') return `[${step}]`;
  const characters = Array.from(step.slice(0, LONGEST_KEY * 2 + 2));
  const key = characters.length > LONGEST_KEY ? `${characters.slice(0, LONGEST_KEY).join('')}…` : step;
  return PLAIN_KEY.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

import { visibleLine } from '../lifecycle/visible-text.ts';

/** Characters of the name of an action, a hook, a plugin or a resource. */
const LONGEST_NAME = 256;

/** Whether a plugin may use this as a name. Names stand in messages, and the host looks them up often. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST_NAME && visibleLine(value) === value;
}

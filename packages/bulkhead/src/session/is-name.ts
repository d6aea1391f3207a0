import { visibleLine } from '../lifecycle/visible-text.ts';

/** Of an action, a hook, a plugin, a resource. */
const LONGEST_NAME = 256;

/** Whether a plugin may call something so: it is shown in messages, and looked up again and again. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST_NAME && visibleLine(value) === value;
}

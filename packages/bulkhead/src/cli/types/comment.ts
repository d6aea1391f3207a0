import { visibleLine } from '../../lifecycle/visible-text.ts';
import { jsonText } from '../../views/json-text.ts';

/** A key as TypeScript writes it. */
export function keyText(name: string): string {
  // `new(…)` would be a constructor
  return /^[A-Za-z_$][\w$]*$/.test(name) && name !== 'new' ? name : textOf(name);
}

interface Documented {
  readonly description?: unknown;
  readonly default?: unknown;
}

/** A member with what its schema says of it as a comment above it. */
export function documented(schema: Documented, member: string): string {
  const lines = [
    ...(typeof schema.description === 'string' ? schema.description.split(/\s*\n\s*/) : []),
    ...('default' in schema ? [`@default ${textOf(schema.default)}`] : []),
  ];
  return `${comment(lines)}${member}`;
}

/** A value as JavaScript writes it, with nothing in it that a reader can't see. */
export function textOf(value: unknown): string {
  return jsonText(value, { pretty: false });
}

/** Of a line. */
const LONGEST = 2_000;

/** Text of a plugin must not end its comment, nor hide in it what a reader can't see. */
function comment(lines: readonly string[]): string {
  const shown = lines
    .map((line) => visibleLine(line, LONGEST).replaceAll('*/', '*\\/').trim())
    .filter((line) => line !== '');
  if (shown.length === 0) return '';
  return shown.length === 1 ? `/** ${shown[0]} */\n` : `/**\n${shown.map((line) => ` * ${line}\n`).join('')} */\n`;
}

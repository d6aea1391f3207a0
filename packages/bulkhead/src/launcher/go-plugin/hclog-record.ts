import type { LogPayload } from '@bulkhead/protocol';
import { hideInValue } from '../../lifecycle/hide-secrets.ts';
import { isRecord } from '../../lifecycle/is-record.ts';
import { visibleLine } from '../../lifecycle/visible-text.ts';
import type { OutputLine } from '../running-instance.ts';

/** Of hclog; its others are no level of a line. */
const LEVELS: ReadonlyMap<unknown, LogPayload['level']> = new Map([
  ['trace', 'debug'],
  ['debug', 'debug'],
  ['info', 'info'],
  ['warn', 'warn'],
  ['error', 'error'],
]);

/** What a line of hclog says, the logger of go-plugin, which writes JSON on standard error; undefined: it is another line. */
export function hclogRecord({ stream, text }: OutputLine): LogPayload | undefined {
  if (stream !== 'stderr' || !text.startsWith('{"@')) return undefined;
  const said = parsed(text);
  const level = LEVELS.get(said?.['@level']);
  const message = said?.['@message'];
  if (said === undefined || level === undefined || typeof message !== 'string') return undefined;
  const module = said['@module'];
  const fields = Object.entries(said).filter(([name]) => !name.startsWith('@'));
  return {
    level,
    message: visibleLine(message),
    ...(typeof module === 'string' ? { logger: visibleLine(module) } : {}),
    ...(fields.length === 0 ? {} : { fields: shown(Object.fromEntries(fields)) }),
  };
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** JSON may have escaped what would act on a terminal. */
function shown(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return hideInValue(fields, (text) => visibleLine(text)) as Record<string, unknown>;
}

import { GroupKind } from '@bulkhead/protocol';
import type { HideSecrets } from '../../lifecycle/hide-secrets.ts';
import { visibleLine } from '../../lifecycle/visible-text.ts';

/** Characters. */
const LONGEST_REASON = 500;

/** A message of a group; see "Groups" in the protocol. `number` is that of the plugin in it. */
export type GroupMessage =
  | { readonly type: 'not-begun'; readonly number: number; readonly reason: string }
  | { readonly type: 'ended'; readonly number: number; readonly status: number; readonly limit?: 'memory' | undefined }
  /** That plugin is about to end the process. */
  | { readonly type: 'culprit'; readonly number: number; readonly deed: string };

/** Undefined if the protocol does not allow it: plugin code runs in the group, and can write to its channel. */
export function readGroupMessage(value: unknown, hide: HideSecrets): GroupMessage | undefined {
  if (!Array.isArray(value)) return undefined;
  const [kind, number, said, limit] = value as readonly unknown[];
  if (!isBelow(number, Number.MAX_SAFE_INTEGER)) return undefined;
  switch (kind) {
    case GroupKind.NotBegun:
      return typeof said === 'string'
        ? { type: 'not-begun', number, reason: visibleLine(said, LONGEST_REASON, hide) }
        : undefined;
    case GroupKind.Ended:
      if (!isBelow(said, 256)) return undefined;
      return { type: 'ended', number, status: said, limit: limit === 'memory' ? limit : undefined };
    case GroupKind.Culprit:
      return typeof said === 'string'
        ? { type: 'culprit', number, deed: visibleLine(said, LONGEST_REASON, hide) }
        : undefined;
    default:
      return undefined;
  }
}

function isBelow(value: unknown, most: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < most;
}

import type { HideSecrets } from '../../lifecycle/hide-secrets.ts';
import { visibleLine } from '../../lifecycle/visible-text.ts';

/** Expressions that search output go back over a line, and a package can make a tool print any line. */
const LONGEST_LINE = 4_000;
/** Characters at the end of the output: tools say last why they failed. */
const LONGEST_OUTPUT = 256_000;

/** What a tool has written, fit to be searched and shown. */
export function shownOutput(output: string, hide: HideSecrets = (text) => text): string {
  return hide(output)
    .slice(-LONGEST_OUTPUT)
    .split(/\r?\n/)
    .map((line) => visibleLine(line, LONGEST_LINE))
    .join('\n');
}

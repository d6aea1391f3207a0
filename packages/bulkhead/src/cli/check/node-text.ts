import type { NodeReport } from '../../conflicts/check-node-plugins.ts';
import { visibleLine } from '../../lifecycle/visible-text.ts';
import type { Output } from '../output/terminal.ts';

/** A registry has few plugins of Node that conflict; `--json` lists all. */
const MOST_SHOWN = 24;

/** What the ranges of the plugins of Node prove. */
export function nodeText({ plugins, conflicts, shared }: NodeReport, { colours }: Output): string {
  if (plugins.length === 0) return '';
  const reasons = [...new Set(conflicts.flatMap((conflict) => conflict.reasons))];
  const shown = reasons.slice(0, MOST_SHOWN).map((reason) => `  ${visibleLine(reason)}\n`);
  const more =
    reasons.length > MOST_SHOWN ? `  … and ${reasons.length - MOST_SHOWN} more; \`--json\` lists them.\n` : '';
  const groups = shared.map(({ name, plugins: members, verdict, reasons: why }) =>
    verdict === 'conflict'
      ? `  ${colours.red(`${members.join(', ')} can't share "${name}"`)}: ${visibleLine(why.join('; '))}\n`
      : `  ${members.join(', ')} share "${name}"; nothing speaks against it.\n`,
  );
  const verdict =
    plugins.length === 1
      ? ''
      : conflicts.length === 0
        ? ': no two ask for what excludes each other'
        : `: ${conflicts.length} ${conflicts.length === 1 ? 'pair' : 'pairs'} in conflict`;
  return `${colours.bold('Plugins of Node')}\n  ${visibleLine(plugins.join(', '))}${verdict}.\n${shown.join('')}${more}${groups.join('')}`;
}

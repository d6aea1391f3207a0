import type { NodeReport } from '../../conflicts/check-node-plugins.ts';
import type { SharedReport } from '../../conflicts/conflict-report.ts';
import { visibleLine } from '../../lifecycle/visible-text.ts';
import type { Output } from '../output/terminal.ts';

/** A registry has few plugins of Node that conflict; `--json` lists all. */
const MOST_SHOWN = 24;

/** What the ranges of the plugins of Node prove, and what npm says of them. */
export function nodeText(report: NodeReport, { colours }: Output): string {
  const { plugins, conflicts, impossible, shared } = report;
  if (plugins.length === 0) return '';
  const proved = new Map(conflicts.map(({ reasons, words }) => [reasons.join('\n'), { reasons, words }]));
  const entries = [...proved.values()].map(({ reasons, words }) => [
    ...reasons.map((reason) => `  ${visibleLine(reason)}\n`),
    ...wordsText(words, colours),
  ]);
  const alone = impossible.map(({ plugin, reason, words }) => [
    `  ${colours.red(`${plugin} can't be installed even alone`)}: ${visibleLine(reason)}\n`,
    ...wordsText(words, colours),
  ]);
  const lines = [
    `  ${visibleLine(plugins.join(', '))}${verdictText(report)}.\n`,
    ...shown(alone),
    ...shown(entries),
    ...unknownText(report),
    ...shared.map((group) => groupText(group, colours)),
  ];
  return `${colours.bold('Plugins of Node')}\n${lines.join('')}`;
}

function verdictText({ plugins, conflicts, compatible, unknown, resolver }: NodeReport): string {
  if (plugins.length === 1) return '';
  const pairs = (count: number): string => `${count} ${count === 1 ? 'pair' : 'pairs'}`;
  if (conflicts.length + compatible.length === 0 && resolver === undefined)
    return ': no two ask for what excludes each other';
  const counts = [
    conflicts.length === 0 ? '' : `${pairs(conflicts.length)} in conflict`,
    compatible.length === 0 ? '' : `${pairs(compatible.length)} compatible`,
    unknown.length === 0 || resolver === undefined ? '' : `${pairs(unknown.length)} not known`,
  ];
  return `: ${counts.filter((count) => count !== '').join(', ')}`;
}

/** Why pairs are not known that npm was asked about. */
function unknownText({ unknown, impossible, resolver }: NodeReport): string[] {
  if (resolver === undefined) return [];
  const isAlone = new Set(impossible.map(({ plugin }) => plugin));
  const open = unknown.filter(({ plugins }) => !plugins.some((id) => isAlone.has(id)));
  return shown(open.map(({ plugins, reason }) => [`  ${plugins.join(' with ')}: ${visibleLine(reason)}\n`]));
}

function groupText({ name, plugins, verdict, reasons }: SharedReport, colours: Output['colours']): string {
  const members = plugins.join(', ');
  if (verdict === 'conflict')
    return `  ${colours.red(`${members} can't share "${name}"`)}: ${visibleLine(reasons.join('; '))}\n`;
  if (verdict === 'compatible') return `  ${members} share "${name}".\n`;
  return `  ${members} may not share "${name}": ${visibleLine(reasons.join('; '))}\n`;
}

function wordsText(words: string | undefined, { dim }: Output['colours']): string[] {
  const lines = words === undefined || words === '' ? [] : words.split('\n');
  return lines.map((line) => `${dim(`      npm: ${visibleLine(line)}`)}\n`);
}

function shown(entries: readonly (readonly string[])[]): string[] {
  const more =
    entries.length > MOST_SHOWN ? [`  … and ${entries.length - MOST_SHOWN} more; \`--json\` lists them.\n`] : [];
  return [...entries.slice(0, MOST_SHOWN).flat(), ...more];
}

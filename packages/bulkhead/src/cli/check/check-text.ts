import type { ConflictReport, Disagreement, GroupReport } from '../../conflicts/conflict-report.ts';
import { visibleLine } from '../../lifecycle/visible-text.ts';
import type { RegistryCheck } from '../../manager/check-registry.ts';
import { pairsByReason } from '../../views/conflict-view.ts';
import { type Cell, table } from '../output/table.ts';
import type { Output } from '../output/terminal.ts';
import { environmentsInWords, SHARING_IN_WORDS } from './environments-in-words.ts';
import { nodeText } from './node-text.ts';
import { MARKS } from './pair-data.ts';

/** A matrix with more plugins is for the page: `--html`. */
const LARGEST_MATRIX = 24;
const MOST_NAMES = 6;
const MOST_DISAGREEMENTS = 12;
const MOST_ISSUES = 20;
const MOST_PAIRS = 12;

/** The report for people: findings, whose fault they are, what to do. */
export function checkText({ report, node, problems, apart, disabled }: RegistryCheck, output: Output): string {
  if (report.plugins.length + node.plugins.length + problems.length + apart.length + disabled.length === 0)
    return 'There are no plugins to be checked. `bulkhead new NAME` writes one.\n';
  const sections = [
    summary(report, { node, apart, disabled }, output),
    matrix(report, output),
    sharing(report, output),
    conflicts(report, output),
    environments(report, problems, output),
    builtApart(report, output),
    impossible(report, output),
    unknown(report, output),
    issues(report, output),
    nodeText(node, output),
  ];
  return sections.filter((section) => section !== '').join('\n');
}

function summary(
  { plugins, pairs, isOffline, stopped }: ConflictReport,
  { node, apart, disabled }: Pick<RegistryCheck, 'node' | 'apart' | 'disabled'>,
  { colours }: Output,
): string {
  const all = pairs.conflict + pairs.compatible + pairs.unknown;
  const verdicts = [
    pairs.conflict === 0 ? '' : colours.red(`${pairs.conflict} in conflict`),
    pairs.compatible === 0 ? '' : colours.green(`${pairs.compatible} compatible`),
    pairs.unknown === 0 ? '' : `${pairs.unknown} not known${isOffline ? ' (offline: nothing was resolved)' : ''}`,
  ].filter((part) => part !== '');
  const left = [
    stopped === undefined
      ? ''
      : `Ended early, because ${visibleLine(stopped)}. What was answered is kept: the same command goes on from there.\n`,
    apart.length === 0
      ? ''
      : `In containers, or started by commands, where they conflict with nobody: ${names(apart)}.\n`,
    disabled.length === 0 ? '' : `Disabled, and so left out: ${names(disabled)}.\n`,
  ].join('');
  if (plugins.length === 0 && node.plugins.length > 0) return left;
  return `${count(plugins.length, 'plugin')}, ${count(all, 'pair')}${all === 0 ? '' : `: ${verdicts.join(', ')}`}.\n${left}`;
}

function matrix(report: ConflictReport, { colours, columns }: Output): string {
  const ids = report.plugins.map(({ id }) => id);
  const width = ids.length * 3 + Math.max(0, ...ids.map((id) => id.length)) + 6;
  if (ids.length < 2 || report.pairs.conflict === 0) return '';
  if (ids.length > LARGEST_MATRIX || width > columns)
    return 'The matrix is too large for here: `--html FILE` draws it.\n';
  const mark = {
    conflict: colours.red(MARKS.conflict),
    compatible: colours.green(MARKS.compatible),
    unknown: colours.dim(MARKS.unknown),
  };
  const rows = ids.map((id, row): Cell[] => [
    `${row + 1}`.padStart(2),
    id,
    ...ids.map((other, column): Cell => {
      if (column === row) return { text: ' .', colour: colours.dim };
      const verdict = report.verdictOn(id, other);
      return { text: ` ${MARKS[verdict]}`, colour: () => ` ${mark[verdict]}` };
    }),
  ]);
  const head = ['', '', ...ids.map((_, column) => `${column + 1}`.padStart(2))];
  return `${table([head, ...rows])}x can't share an environment, = can, ? not known\n`;
}

function conflicts({ disagreements, unsolvable, shared }: ConflictReport, output: Output): string {
  const { colours } = output;
  if (disagreements.length === 0 && unsolvable.length === 0) return '';
  const shown = disagreements.slice(0, MOST_DISAGREEMENTS);
  const more = disagreements.length - shown.length;
  const proved = unsolvable.map(
    ({ plugins, reasons, words }) =>
      `  ${colours.bold(names(plugins))}\n    ${reasons.map((reason) => visibleLine(reason)).join('\n    ')}\n${uvWords(words, colours)}`,
  );
  const fact = shared.length === 0 ? 'Isolated plugins may conflict: each has an environment of its own.\n' : '';
  return [
    `${colours.bold("Why they can't share")}\n`,
    table(shown.flatMap((each) => disagreement(each, output))),
    more > 0 ? `  … and ${more} more packages; \`--json\` lists them.\n` : '',
    ...(proved.length === 0 ? [] : ['  By what their packages need in turn:\n', ...proved]),
    fact,
  ].join('');
}

function disagreement({ about, sides }: Disagreement, { colours }: Output): Cell[][] {
  return sides.map(({ wants, plugins }, index) => [
    { text: `  ${index === 0 ? about : ''}`, colour: colours.bold },
    wants,
    names(plugins),
  ]);
}

function environments(report: ConflictReport, problems: RegistryCheck['problems'], { colours }: Output): string {
  const { plugins, groups, before, after, isOffline } = report;
  if (groups.length === 0) return '';
  const { claim, cure, leftOut } = environmentsInWords({ report, problems });
  const isNews = cure !== undefined;
  const saved = before.bytes === undefined || after.bytes === undefined ? undefined : before.bytes - after.bytes;
  const less = !isNews || saved === undefined || saved <= 0 ? '' : `, ${megabytes(saved)} less to download`;
  const failed = plugins.filter(({ state, reason }) => state === 'unknown' && reason !== undefined).length;
  const notes = [
    failed === 0
      ? ''
      : `; ${count(failed, 'plugin')} could not be resolved, and ${failed === 1 ? 'counts' : 'count'} as one each`,
    leftOut.length === 0 ? '' : `; left out: ${names(leftOut)}`,
  ].join('');
  const guess = isOffline ? ' (offline: nothing was resolved)' : '';
  const rows = groups.map((group, index): Cell[] => [
    `  ${index + 1}`.padStart(4),
    names(group.plugins),
    proofOf(group),
  ]);
  const shown = cure === undefined ? '' : `${table(rows)}${cure}\n`;
  return `${colours.bold('Environments')}\n${claim}${size(isNews ? after.bytes : before.bytes)}${less}${guess}${notes}.\n${shown}`;
}

function size(bytes: number | undefined): string {
  return bytes === undefined ? '' : `, about ${megabytes(bytes)} to download`;
}

function proofOf({ proof, python, packages, reason }: GroupReport): string {
  const resolved = python === undefined ? '' : `Python ${python}, ${count(packages?.length ?? 0, 'package')}`;
  if (reason !== undefined) return `not resolved: ${reason}`;
  return proof === 'specifiers' ? 'nothing speaks against it' : resolved;
}

function builtApart({ builtApart: all }: ConflictReport, { colours }: Output): string {
  if (all.length === 0) return '';
  const told = all.map(({ older, newer, plugins, asOf, gives, isTried }) => {
    const [first, second] = [older, newer].map(
      ({ name, version, released }) => `${name} ${version} of ${released?.slice(0, 10)}`,
    );
    const cure = asOf === undefined ? '' : `\n    \`as_of: "${asOf}"\` ${whatItGives(gives, isTried)}`;
    return `  ${names(plugins)}: ${first} is compiled against an older ${newer.name} than ${second}${cure}\n`;
  });
  return `${colours.yellow(colours.bold('Resolvable, but probably not runnable'))}\n${told.join('')}`;
}

function whatItGives(gives: readonly string[] | undefined, isTried: boolean): string {
  if (!isTried) return 'in the registry may bring them together; that was not resolved';
  if (gives === undefined || gives.length === 0)
    return 'would bring them together, but not all that is asked for was there by then';
  return `in the registry gives ${gives.join(' and ')}`;
}

function impossible({ plugins }: ConflictReport, { colours }: Output): string {
  const bad = plugins.filter(({ state }) => state === 'impossible');
  const reasons = [...new Set(plugins.flatMap(({ reason, state }) => (state === 'unknown' ? (reason ?? []) : [])))];
  const lines = [
    ...bad.map(({ id, reason = '', words }) => {
      const said = reason.startsWith(`${id} `) ? reason : `${id}: ${reason}`;
      return `  ${visibleLine(said)}\n${uvWords(words, colours)}`;
    }),
    ...reasons.map((reason) => {
      const ids = plugins.filter((plugin) => plugin.reason === reason).map(({ id }) => id);
      return `  ${names(ids)}: not known, because ${visibleLine(reason)}\n`;
    }),
  ];
  if (lines.length === 0) return '';
  const title =
    bad.length > 0 ? colours.red(colours.bold("Can't be installed even alone")) : colours.bold('Not resolved');
  return `${title}\n${lines.join('')}`;
}

/** The pairs that are open for another reason than one of their plugins. */
function unknown(report: ConflictReport, { colours }: Output): string {
  if (report.isOffline) return '';
  const isAlone = new Set(report.plugins.flatMap(({ id, state }) => (state === 'resolved' ? [] : [id])));
  const lines = pairsByReason(report).flatMap(({ reason, pairs }) => {
    const own = pairs.filter((pair) => !pair.some((id) => isAlone.has(id)));
    if (own.length === 0) return [];
    const shown = own.slice(0, MOST_PAIRS).map((pair) => pair.join(' with '));
    const more = own.length > MOST_PAIRS ? `, and ${own.length - MOST_PAIRS} more, which \`--json\` lists` : '';
    return `  ${visibleLine(reason)}:\n    ${shown.join(', ')}${more}\n`;
  });
  return lines.length === 0 ? '' : `${colours.bold('Pairs not known')}\n${lines.join('')}`;
}

function uvWords(words: string | undefined, { dim }: Output['colours']): string {
  const lines = words?.split('\n') ?? [];
  return lines.map((line) => `${dim(`      uv: ${visibleLine(line)}`)}\n`).join('');
}

function issues({ issues: all }: ConflictReport, { colours }: Output): string {
  if (all.length === 0) return '';
  const lines = all.slice(0, MOST_ISSUES).map(({ plugin, text, place, column, problem, kind }) => {
    const at =
      place === undefined ? plugin : `${place}${column === undefined || column === 1 ? '' : ` (character ${column})`}`;
    const mark = kind === 'unreadable' ? colours.red('error') : colours.yellow('note');
    const what = kind === 'unread' ? plugin : `"${text}" of ${plugin}`;
    return `  ${mark} ${visibleLine(`${at}: ${what}: ${problem}`)}`;
  });
  const more = all.length - lines.length;
  return `${colours.bold("Requirements that can't be judged")}\n${lines.join('\n')}\n${more > 0 ? `  … and ${more} more\n` : ''}`;
}

function sharing({ shared }: ConflictReport, { colours }: Output): string {
  if (shared.length === 0) return '';
  const marks = {
    conflict: colours.red(SHARING_IN_WORDS.conflict),
    compatible: colours.green(SHARING_IN_WORDS.compatible),
    unknown: colours.yellow(SHARING_IN_WORDS.unknown),
  };
  const lines = shared.map(({ name, plugins, verdict, reasons }) =>
    [`  ${name}: ${names(plugins)} ${marks[verdict]}`, ...reasons.map((reason) => `    ${visibleLine(reason)}`)].join(
      '\n',
    ),
  );
  return `${colours.bold('Told to share')}\n${lines.join('\n')}\n`;
}

function names(ids: readonly string[]): string {
  if (ids.length <= MOST_NAMES) return ids.join(', ');
  return `${ids.slice(0, MOST_NAMES - 1).join(', ')} and ${ids.length - MOST_NAMES + 1} more`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

function megabytes(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${Math.round(bytes / 1_000_000)} MB`;
}

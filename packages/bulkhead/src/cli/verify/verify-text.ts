import { visibleLine } from '../../lifecycle/visible-text.ts';
import type {
  VerifiedCheck,
  Verdict,
  Verification,
  VerifiedAction,
  VerifiedProblem,
} from '../../verification/verification.ts';
import type { Colours, Output } from '../output/terminal.ts';

/** How a verdict is called, for people. */
export const VERDICTS: Readonly<Record<Verdict, string>> = {
  passed: 'passed',
  warned: 'warned',
  failed: 'failed',
  inapplicable: 'not run',
};

const WIDTHS = { verdict: 8, check: 13 };
/** Of one check: the rest is in the page, and in the JSON. */
const MOST_PROBLEMS = 3;

/** Where a plugin is run, such as `in a process, over stdio`; what is undefined is as the plugin declares it. */
export function placeOf(place: { readonly tier: string | undefined; readonly transport: string | undefined }): string {
  const { tier, transport } = place;
  const where = tier === undefined ? [] : [`in ${IN_WORDS[tier] ?? tier}`];
  return [...where, ...(transport === undefined ? [] : [`over ${transport}`])].join(', ');
}

const IN_WORDS: Readonly<Record<string, string>> = {
  process: 'a process',
  docker: 'a container',
  thread: 'a thread',
};

/** Which actions are called, and which are not and why. */
export function planText(actions: readonly VerifiedAction[]): string {
  const called = actions.filter(({ inputs }) => inputs !== undefined);
  const left = actions.filter(({ inputs }) => inputs === undefined);
  const reasons = [...new Set(left.map(({ reason = '' }) => reason))];
  const names = called.map(
    ({ name, inputs, count }) =>
      `${visibleLine(name)} (${count} ${inputs === 'examples' ? 'of its examples' : 'made from its schema'})`,
  );
  const lines = [
    ...(names.length === 0 ? [] : [`  calls       ${names.join(', ')}`]),
    ...reasons.map((reason) => {
      const named = left.filter((action) => action.reason === reason).map(({ name }) => visibleLine(name));
      return `  not called  ${named.join(', ')}: ${reason}`;
    }),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** One line for a check, and its problems below. */
export function checkText({ check, verdict, saw, problems, duration }: VerifiedCheck, { colours }: Output): string {
  const head = `  ${coloured(verdict, VERDICTS[verdict].padEnd(WIDTHS.verdict), colours)}${check.padEnd(WIDTHS.check)}${visibleLine(saw)}`;
  const took = verdict === 'inapplicable' ? '' : colours.dim(`  ${(duration / 1000).toFixed(1)} s`);
  const more = problems.length - MOST_PROBLEMS;
  return [
    `${head}${took}`,
    ...problems.slice(0, MOST_PROBLEMS).flatMap((problem) => problemLines(problem, colours)),
    ...(more > 0 ? [`${INDENT}… and ${more} more; --json and --html have all`] : []),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

const INDENT = ' '.repeat(2 + WIDTHS.verdict);

function problemLines({ verdict, what, code, blame, advice }: VerifiedProblem, colours: Colours): string[] {
  const whose = code === undefined ? '' : colours.dim(` (${code}, the fault is ${WHOSE[blame]})`);
  return [
    `${INDENT}${coloured(verdict, visibleLine(what), colours)}${whose}`,
    ...(advice === '' ? [] : [`${INDENT}→ ${visibleLine(advice)}`]),
  ];
}

const WHOSE = { plugin: "the plugin's", user: "the caller's", environment: "the machine's", bulkhead: "Bulkhead's" };

/** The last line. */
export function summaryText({ plugin, variants, verdict, duration }: Verification, { colours }: Output): string {
  const all = variants.flatMap(({ checks }) => checks);
  const counts = (['passed', 'warned', 'failed', 'inapplicable'] as const)
    .map((each) => ({ each, count: all.filter((check) => check.verdict === each).length }))
    .filter(({ count }) => count > 0)
    .map(({ each, count }) => coloured(each, `${count} ${VERDICTS[each]}`, colours));
  const told = counts.length === 0 ? 'nothing could be checked' : counts.join(', ');
  return `${colours.bold(visibleLine(plugin))} ${coloured(verdict, VERDICTS[verdict], colours)}: ${told}, in ${(duration / 1000).toFixed(1)} s.\n`;
}

function coloured(verdict: Verdict, text: string, colours: Colours): string {
  const paint = { passed: colours.green, warned: colours.yellow, failed: colours.red, inapplicable: colours.dim };
  return paint[verdict](text);
}

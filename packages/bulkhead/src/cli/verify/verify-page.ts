import type {
  VerifiedCheck,
  Verdict,
  Verification,
  VerifiedAction,
  VerifiedProblem,
  VerifiedVariant,
} from '../../verification/verification.ts';
import { htmlText as text } from '../page/html-text.ts';
import { PAGE_STYLE } from '../page/page-style.ts';
import { memoryChart } from './memory-chart.ts';
import { VERIFY_STYLE } from './verify-style.ts';
import { placeOf, VERDICTS } from './verify-text.ts';

const TILES: readonly Verdict[] = ['passed', 'warned', 'failed', 'inapplicable'];

/** A verification as one self-contained page. */
export function verifyPage({ plugin, version, folder, verdict, variants, duration }: Verification, at: Date): string {
  const all = variants.flatMap(({ checks }) => checks);
  const tiles = TILES.map(
    (each) =>
      `<div class="tile ${each}"><b>${all.filter((check) => check.verdict === each).length}</b><span>${VERDICTS[each]}</span></div>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(plugin)}: ${VERDICTS[verdict]}</title>
<style>${PAGE_STYLE}${VERIFY_STYLE}</style>
</head>
<body>
<header>
<h1>${text(plugin)}${version === undefined ? '' : ` ${text(version)}`} ${badge(verdict)}</h1>
<p class="quiet">${text(folder)} · verified ${at.toISOString().slice(0, 16).replace('T', ' ')} UTC in ${seconds(duration)}</p>
</header>
<section class="tiles">${tiles.join('')}</section>
${variants.length < 2 ? '' : matrix(variants)}
${variants.map((variant, index) => section(variant, index, variants.length === 1)).join('\n')}
</body>
</html>
`;
}

/** Checks by places: what differs between them is seen at once. */
function matrix(variants: readonly VerifiedVariant[]): string {
  const names = [...new Set(variants.flatMap(({ checks }) => checks.map(({ check }) => check)))];
  const head = variants.map(
    (variant, index) => `<th><a href="#variant-${index}">${text(shortPlace(variant))}</a></th>`,
  );
  const cell = ({ checks, reason }: VerifiedVariant, name: string): string => {
    const found = checks.find(({ check }) => check === name);
    return `<td title="${text(found?.saw ?? reason ?? '')}">${badge(found?.verdict ?? 'inapplicable')}</td>`;
  };
  const rows = names.map(
    (name) => `<tr><th>${text(name)}</th>${variants.map((each) => cell(each, name)).join('')}</tr>`,
  );
  return `<section><h2>Everywhere</h2><div class="wide"><table><tr><th></th>${head.join('')}</tr>${rows.join('')}</table></div></section>`;
}

function shortPlace({ tier, transport }: VerifiedVariant): string {
  return transport === undefined ? tier : `${tier}, ${transport}`;
}

/** Of several places those are open in which there is something to look at. */
function section(variant: VerifiedVariant, index: number, isOnly: boolean): string {
  const { reason, actions, checks, verdict } = variant;
  const isOpen = isOnly || verdict === 'failed' || verdict === 'warned';
  const title = `<summary><h2>${text(placeOf(variant).replace(/^i/, 'I'))} ${badge(verdict)}</h2></summary>`;
  const inside =
    reason === undefined
      ? `<table class="checks">${checks.map(row).join('\n')}</table>
${actions.length === 0 ? '' : `<h3>What was called</h3><div class="wide"><table>${actions.map(action).join('')}</table></div>`}`
      : `<p>It can't be run so: ${words(reason)}</p>`;
  return `<details id="variant-${index}"${isOpen ? ' open' : ''}>${title}
${inside}
</details>`;
}

/** With what stands between backticks as code. */
function words(written: string): string {
  return text(written).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

function row({ check, question, verdict, saw, problems, duration, series }: VerifiedCheck): string {
  const took = verdict === 'inapplicable' ? '' : seconds(duration);
  const chart = series === undefined ? '' : memoryChart(series);
  return `<tr><td>${badge(verdict)}</td><td><h3>${text(check)}</h3><p class="quiet">${text(question)}</p><p>${words(saw)}</p>${problems.map(problem).join('')}${chart}</td><td class="quiet">${took}</td></tr>`;
}

function problem({ verdict, what, code, blame, advice }: VerifiedProblem): string {
  const whose = code === undefined ? '' : `<p class="quiet">${text(code)}, blame: ${text(blame)}</p>`;
  const cure = advice === '' ? '' : `<p class="quiet">${words(advice)}</p>`;
  return `<div class="problem ${verdict}"><p>${words(what)}</p>${whose}${cure}</div>`;
}

function action({ name, inputs, count, reason }: VerifiedAction): string {
  const with_ = inputs === 'examples' ? 'its examples' : 'inputs made from its schema';
  const told =
    inputs === undefined ? `<span class="quiet">not called: ${text(reason ?? '')}</span>` : `${count} of ${with_}`;
  return `<tr><td><code>${text(name)}</code></td><td>${told}</td></tr>`;
}

function badge(verdict: Verdict): string {
  return `<span class="verdict ${verdict}">${VERDICTS[verdict]}</span>`;
}

function seconds(duration: number): string {
  return `${(duration / 1000).toFixed(1)} s`;
}

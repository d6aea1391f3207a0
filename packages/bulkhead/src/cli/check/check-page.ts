import { jsonText } from '../../views/json-text.ts';
import type { ConflictReport, Disagreement, GroupReport, SharedReport } from '../../conflicts/conflict-report.ts';
import type { RegistryCheck } from '../../manager/check-registry.ts';
import { environmentsInWords, SHARING_IN_WORDS } from './environments-in-words.ts';
import { inTheWay } from './in-the-way.ts';
import { matrixPaths } from './matrix-paths.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { MATRIX_STYLE } from './matrix-style.ts';
import { htmlText as text } from '../page/html-text.ts';
import { PAGE_STYLE } from '../page/page-style.ts';
import { pairData } from './pair-data.ts';

/** The matrix and its reasons as one self-contained page: light or dark, for 5 plugins and for 200. */
export function checkPage(
  registry: string,
  checked: Date,
  { report, node, problems, apart, disabled }: RegistryCheck,
): string {
  const order = conflictingFirst(report);
  const { conflict, compatible, unknown } = report.pairs;
  const environments = environmentsInWords({ report, problems });
  const data = {
    plugins: order,
    ...pairData(order, report),
    disagreements: report.disagreements,
    unsolvable: report.unsolvable.map(({ plugins, reasons }) => ({ plugins, reasons })),
  };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Conflicts of ${text(registry)}</title>
<style>${PAGE_STYLE}${MATRIX_STYLE}</style>
</head>
<body>
<header>
<h1>Which plugins can share an environment</h1>
<p class="quiet">${text(registry)} · ${checked.toISOString().slice(0, 10)}${report.isOffline ? ' · offline: nothing was resolved' : report.resolver === undefined ? '' : ` · resolved by ${text(report.resolver)}`}</p>
</header>
<section class="tiles">
${tile(order.length, 'plugins')}${tile(conflict, 'pairs in conflict', 'conflict')}${tile(compatible, 'pairs compatible', 'compatible')}${tile(unknown, 'pairs not known', 'unknown')}${tile(environments.tile.number, environments.tile.what)}
</section>
${mostInTheWay(report)}
${order.length < 2 ? '' : matrix(order, report.verdictOn)}
${list('Told to share', [...report.shared, ...node.shared].map(sharing))}
${list("Why they can't share", report.disagreements.map(disagreement), 'table')}
${list(
  'By what their packages need in turn',
  report.unsolvable.map(
    ({ plugins, reasons, words }) =>
      `<h3>${text(plugins.join(', '))}</h3><p>${text(reasons.join('; '))}</p>${words === undefined ? '' : `<pre>${text(words)}</pre>`}`,
  ),
)}
${list(environments.title, report.groups.map(group), 'ol', environments.cure)}
${list(
  'Resolvable, but probably not runnable',
  report.builtApart.map(
    ({ plugins, older, newer, asOf, gives }) =>
      `<p><b>${text(plugins.join(', '))}</b>: ${text(`${older.name} ${older.version} of ${day(older.released)}`)} is compiled against an older ${text(newer.name)} than ${text(`${newer.version} of ${day(newer.released)}`)}${asOf === undefined || gives === undefined ? '' : `; <code>as_of: "${text(asOf)}"</code> gives ${text(gives.join(' and '))}`}.</p>`,
  ),
)}
${list('Plugins of Node', [
  ...(node.plugins.length === 0 ? [] : [`<p>${text(node.plugins.join(', '))}</p>`]),
  ...new Set(node.conflicts.flatMap(({ reasons }) => reasons.map((reason) => `<p>${text(reason)}</p>`))),
])}
${list('What could not be judged', [
  ...report.issues.map(
    ({ plugin, text: written, place, problem }) =>
      `<p><b>${text(plugin)}</b> <code>${text(written)}</code>: ${text(problem)} <span class="quiet">${text(place ?? '')}</span></p>`,
  ),
  ...report.plugins.flatMap(({ id, reason }) =>
    reason === undefined ? [] : [`<p><b>${text(id)}</b>: ${text(reason)}</p>`],
  ),
  ...problems.map(({ id, error }) => `<p><b>${text(id)}</b>: ${text(error.message)}</p>`),
  ...(apart.length === 0 ? [] : [`<p>In containers, or started by commands: ${text(apart.join(', '))}</p>`]),
  ...(disabled.length === 0 ? [] : [`<p>Disabled: ${text(disabled.join(', '))}</p>`]),
])}
<script type="application/json" id="data">${jsonText(data, { pretty: false }).replaceAll('<', '\\u003c')}</script>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

/** In the registry's order, but of many plugins those that conflict with none are last, where they need not be looked at. */
function conflictingFirst({ plugins, verdictOn }: ConflictReport): string[] {
  const ids = plugins.map(({ id }) => id);
  const isAtPeace = (id: string): boolean => ids.every((other) => verdictOn(id, other) !== 'conflict');
  return ids
    .map((id) => ({ id, peace: Number(isAtPeace(id)) }))
    .toSorted((one, other) => one.peace - other.peace)
    .map(({ id }) => id);
}

/** In a few plugins everybody sees that for himself. */
function mostInTheWay(report: ConflictReport): string {
  const { plugins, ofFirstThree } = inTheWay(report);
  if (report.plugins.length < 5 || plugins.length === 0) return '';
  const first = plugins.slice(0, 3).map(({ id }) => text(id));
  const { conflict } = report.pairs;
  const told = `<p>${first.join(', ')} ${first.length === 1 ? 'is' : 'are'} in ${ofFirstThree} of ${conflict} ${conflict === 1 ? 'conflict' : 'conflicts'}.</p>`;
  const listed = plugins.map(({ id, conflicts }) => `<tr><td>${text(id)}</td><td>${conflicts}</td></tr>`);
  return list('Who is in the way', [`${told}<table>${listed.join('')}</table>`]);
}

function matrix(ids: readonly string[], verdictOn: Parameters<typeof matrixPaths>[1]): string {
  const cell = ids.length <= 12 ? 34 : ids.length <= 40 ? 22 : 13;
  const side = ids.length * cell;
  const labels = (name: string): string =>
    `<div class="${name}">${ids.map((id) => `<span title="${text(id)}">${text(id)}</span>`).join('')}</div>`;
  const paths = Object.entries(matrixPaths(ids, verdictOn)).map(
    ([verdict, path]) => `<path class="${verdict}" d="${path}"/>`,
  );
  return `<section>
<p class="legend"><span class="key conflict"></span>can't share <span class="key compatible"></span>can share <span class="key unknown"></span>not known</p>
<div class="bar">
<p id="tools" hidden><label>Plugins <input id="search" type="search" placeholder="words of ids"></label><label><input id="only" type="checkbox"> only those in conflict</label><span id="shown" class="quiet" role="status"></span></p>
<p id="pair" class="quiet" role="status">Point at a cell, or move with the arrow keys, to see its pair; click, or Enter, pins it.</p>
</div>
<div class="matrix" style="--cell:${cell}px;--count:${ids.length}" tabindex="0">
<div class="corner"></div>${labels('columns')}${labels('rows')}
<svg width="${side}" height="${side}" viewBox="0 0 ${ids.length} ${ids.length}" role="img" aria-label="Matrix of ${ids.length} plugins">${paths.join('')}</svg>
</div>
</section>`;
}

function disagreement({ about, sides }: Disagreement): string {
  return sides
    .map(
      ({ wants, plugins }, index) =>
        `<tr>${index === 0 ? `<th rowspan="${sides.length}">${text(about)}</th>` : ''}<td><code>${text(wants)}</code></td><td>${text(plugins.join(', '))}</td></tr>`,
    )
    .join('');
}

function sharing({ name, plugins, verdict, reasons }: SharedReport): string {
  return `<p><b>${text(name)}</b>: ${text(plugins.join(', '))} ${SHARING_IN_WORDS[verdict]}</p>${reasons.map((reason) => `<p class="quiet">${text(reason)}</p>`).join('')}`;
}

function group({ plugins, python, packages, proof }: GroupReport): string {
  const resolved =
    python === undefined ? '' : ` <span class="quiet">Python ${text(python)}, ${packages?.length ?? 0} packages</span>`;
  const guess = proof === 'specifiers' ? ' <span class="quiet">not resolved</span>' : '';
  return `${text(plugins.join(', '))}${resolved}${guess}`;
}

function list(
  title: string,
  items: readonly string[],
  kind: 'ol' | 'table' | 'plain' = 'plain',
  cure?: string,
): string {
  if (items.length === 0) return '';
  const inner =
    kind === 'table'
      ? `<div class="wide"><table>${items.join('')}</table></div>`
      : kind === 'ol'
        ? `<ol>${items.map((item) => `<li>${item}</li>`).join('')}</ol>`
        : items.join('');
  const told = cure === undefined ? '' : `<p>${text(cure).replaceAll(/`([^`]+)`/g, '<code>$1</code>')}</p>`;
  return `<section><h2>${text(title)}</h2>${inner}${told}</section>`;
}

function tile(number: number, what: string, kind = ''): string {
  return `<div class="tile ${kind}"><b>${number.toLocaleString('en')}</b><span>${what}</span></div>`;
}

function day(released: string | undefined): string {
  return released?.slice(0, 10) ?? 'unknown date';
}

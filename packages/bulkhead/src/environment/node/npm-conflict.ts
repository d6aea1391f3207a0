import type { NpmRequirementList } from '../../conflicts/requirement-list.ts';
import { npmRangesMeet } from '../../requirements/npm-range.ts';

/** `react@"^17" from the root project`, or from a package; `peer` or another kind before it. */
const EDGE = /^(?:(peer|peerOptional|optional|dev) )?((?:@[^/\s"]+\/)?[^@\s"]+)@"([^"]*)" from (.+)$/;
const ROOT = 'the root project';

/** Some package, or the root, wants a range of a package. */
interface Edge {
  readonly name: string;
  readonly range: string;
  readonly from: string;
  /** Whether it has to be beside the one that wants it. */
  readonly isPeer: boolean;
}

/**
 * Who needs what through whom, of npm's report of a conflict: `react: a needs ^17, b needs react-dom ^18, and react-dom@18.3.1 needs react
 * ^18.3.1 beside it`. Undefined where the report has another form.
 */
export function npmConflict(lines: readonly string[], plugins: readonly NpmRequirementList[]): string | undefined {
  const found = lines.findIndex((line) => line.startsWith('Found: '));
  const refused = lines.indexOf('Could not resolve dependency:');
  if (found === -1 || refused === -1) return undefined;
  const held = chainFrom(lines.slice(found, refused));
  const wanting = chainFrom(lines.slice(refused));
  const [unmet] = wanting;
  const [, name] = /^Found: ((?:@[^/\s]+\/)?[^@\s]+)@/.exec(lines[found] ?? '') ?? [];
  if (unmet === undefined || name === undefined || unmet.name !== name) return undefined;
  const one = told(held, inTheWay(plugins, unmet));
  const other = told(wanting, plugins);
  return one === undefined || other === undefined ? undefined : `${name}: ${one}, ${other}`;
}

/** Those whose own range is not met by what is wanted; all, where none's is. */
function inTheWay(plugins: readonly NpmRequirementList[], { name, range }: Edge): readonly NpmRequirementList[] {
  const those = plugins.filter(({ packages }) => npmRangesMeet(packages[name] ?? '*', range) === false);
  return those.length === 0 ? plugins : those;
}

/** From a wish up to the root: each link is wanted by the one before it. */
function chainFrom(lines: readonly string[]): readonly Edge[] {
  const chain: Edge[] = [];
  for (const line of lines) {
    const [, kind = '', name, range, from] = EDGE.exec(line) ?? [];
    if (name === undefined || range === undefined || from === undefined) continue;
    const last = chain.at(-1);
    // a package may be wanted by several: the first of them is enough
    if (last !== undefined && !last.from.startsWith(`${name}@`)) continue;
    chain.push({ name, range, from, isPeer: kind.startsWith('peer') });
    if (from === ROOT) return chain;
  }
  return [];
}

function told(chain: readonly Edge[], plugins: readonly NpmRequirementList[]): string | undefined {
  const [top, ...below] = chain.toReversed();
  if (top === undefined) return undefined;
  const what = below.length === 0 ? '' : `${top.name} `;
  const who = plugins.flatMap(({ id, packages }) =>
    packages[top.name] === undefined ? [] : [`${id} needs ${what}${packages[top.name]}`],
  );
  if (who.length === 0) return undefined;
  const links = below.map(
    ({ name, range, from, isPeer }) => `and ${from} needs ${name} ${range}${isPeer ? ' beside it' : ''}`,
  );
  return [...who, ...links].join(', ');
}

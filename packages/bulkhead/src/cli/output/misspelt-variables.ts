import { nearestName } from '../../lifecycle/nearest-name.ts';
import { visibleLine } from '../../lifecycle/visible-text.ts';
import type { Terminal } from './terminal.ts';

/** Those that people set, and those that Bulkhead sets for the processes it starts. */
const KNOWN = [
  'BULKHEAD_HOME',
  'BULKHEAD_UV',
  'BULKHEAD_NODE_SDK',
  'BULKHEAD_PYTHON_SDK',
  'BULKHEAD_LOG',
  'BULKHEAD_ACCELERATOR',
  'BULKHEAD_CONTROL_GROUPS',
  'BULKHEAD_BUILD',
  'BULKHEAD_INSTANCE',
];

/** A misspelt variable would be without effect, and nobody would hear of it. Others of that prefix may be somebody's own. */
export function tellOfMisspeltVariables(variables: NodeJS.ProcessEnv, { error, json }: Terminal): void {
  if (json) return;
  for (const name of Object.keys(variables)) {
    if (!/^BULKHEAD_?/i.test(name) || KNOWN.includes(name)) continue;
    const nearest = nearestName(name, KNOWN);
    if (nearest !== undefined && isAlike(name, nearest))
      error.write(
        `${error.colours.yellow('note:')} ${visibleLine(name)} is no variable of Bulkhead; did you mean ${nearest}?\n`,
      );
  }
}

/** All names begin alike: what follows has to be near by itself, by one letter or by the order of its letters. */
function isAlike(name: string, known: string): boolean {
  const [own = '', meant = ''] = [name, known].map((each) => each.replace(/^BULKHEAD_?/i, '').toUpperCase());
  const sorted = (text: string): string => text.split('').toSorted().join('');
  return sorted(own) === sorted(meant) || nearestName(own, [meant]) !== undefined;
}

import { isMap, isNode, visit, type Document, type YAMLMap } from 'yaml';
import { keyName } from './yaml-text.ts';

interface TreeMistake {
  readonly offset: number;
  readonly message: string;
}

export interface CheckedTree {
  readonly mistakes: readonly TreeMistake[];
  /** Whether the document can't be turned into a value. */
  readonly fatal: boolean;
  readonly firstAlias: number | undefined;
}

/** Looks for what the parser lets through: keys that stand twice, and aliases of nothing or of themselves. In one pass. */
export function checkTree(document: Document): CheckedTree {
  const mistakes: TreeMistake[] = [];
  const anchors = new Map<string, unknown>();
  let fatal = false;
  let firstAlias: number | undefined;
  visit(document, {
    Value(_key, node) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
      if (!isMap(node)) return;
      mistakes.push(...keyMistakes(node));
      fatal ||= node.items.some(({ key }) => keyName(key) === undefined);
    },
    Alias(_key, alias, ancestors) {
      firstAlias ??= alias.range?.[0];
      const anchored = anchors.get(alias.source);
      if (anchored !== undefined && !ancestors.includes(anchored as (typeof ancestors)[number])) return;
      fatal = true;
      const reason =
        anchored === undefined
          ? `there is no anchor &${alias.source} before this alias`
          : `what this alias stands for, &${alias.source}, holds the alias itself`;
      mistakes.push({ offset: alias.range?.[0] ?? 0, message: `YAML: ${reason}` });
    },
  });
  return { mistakes, fatal, firstAlias };
}

function keyMistakes(map: YAMLMap): TreeMistake[] {
  const seen = new Set<string>();
  const mistakes: TreeMistake[] = [];
  for (const { key } of map.items) {
    const name = keyName(key);
    const offset = (isNode(key) ? key.range?.[0] : undefined) ?? 0;
    if (name === undefined)
      mistakes.push({ offset, message: 'expected a word as key, found a list, a mapping or an alias' });
    else if (seen.has(name)) mistakes.push({ offset, message: `"${name.slice(0, 60)}" stands twice in this mapping` });
    else seen.add(name);
  }
  return mistakes;
}

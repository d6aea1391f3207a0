import type { Compatible, Conflict, NotKnown } from './compatibility.ts';
import type { SharedReport } from './conflict-report.ts';
import { NodeQuestions, type NodeQuestionsOptions } from './node-questions.ts';
import type { NodeResolver } from './node-resolver.ts';
import { nodeVerdict } from './node-verdict.ts';
import { npmClash } from './npm-ranges.ts';
import type { NpmRequirementList } from './requirement-list.ts';

/** What is known of the plugins of Node: by their ranges, and by npm where it was asked. */
export interface NodeReport {
  readonly plugins: readonly string[];
  /** Plugins that npm can't install even alone. */
  readonly impossible: readonly { readonly plugin: string; readonly reason: string; readonly words: string }[];
  /** Pairs that can't share an environment. */
  readonly conflicts: readonly PairOf<Conflict>[];
  readonly compatible: readonly PairOf<Compatible>[];
  readonly unknown: readonly PairOf<NotKnown>[];
  /** Groups with the same `share`, those among them that have members in Python. */
  readonly shared: readonly SharedReport[];
  /** Name and version of what answered, such as `npm 11.19.1`. */
  readonly resolver: string | undefined;
}

type PairOf<Verdict> = Verdict & { readonly plugins: readonly [string, string] };

/** A plugin of Node, and the name of the group that it is to share with. */
export interface NodeList extends NpmRequirementList {
  readonly share: string | undefined;
}

export interface NodeCheckOptions extends Omit<NodeQuestionsOptions, 'resolver'> {
  /** Undefined: only what ranges prove is known. */
  readonly resolver: NodeResolver | undefined;
  /** Limits the questions to those about this plugin. */
  readonly focus?: string;
}

/** @param others the groups of plugins in Python, by their ids */
export async function checkNodePlugins(
  lists: readonly NodeList[],
  others: Readonly<Record<string, string>>,
  { resolver, focus, ...options }: NodeCheckOptions,
): Promise<NodeReport> {
  const questions = resolver === undefined ? undefined : new NodeQuestions({ ...options, resolver });
  const asked = lists.filter((list) => focus === undefined || list.id === focus || mayShare(list, focus, lists));
  const impossible = questions === undefined ? [] : await impossibleAmong(asked, questions);
  // what resolves together answers for each two of them
  if (questions !== undefined)
    await Promise.all(largeGroups(asked).map(async (group) => await nodeVerdict(group, questions)));
  const isAbout = (name: string): boolean =>
    focus === undefined || lists.some(({ id, share }) => id === focus && share === name);
  const names = [...new Set(lists.flatMap(({ share }) => share ?? []))];
  const shared = await Promise.all(
    names.map(async (name) => await groupOf(name, lists, others, isAbout(name) ? questions : undefined)),
  );
  const pairs = await Promise.all(
    lists.flatMap((one, index) =>
      lists.slice(index + 1).map(async (other) => {
        const isAsked = focus === undefined || one.id === focus || other.id === focus;
        const between = await nodeVerdict([one, other], isAsked ? questions : undefined);
        return { ...between, plugins: [one.id, other.id] as const };
      }),
    ),
  );
  return {
    plugins: lists.map(({ id }) => id),
    impossible,
    conflicts: pairs.filter((pair) => pair.verdict === 'conflict'),
    compatible: pairs.filter((pair) => pair.verdict === 'compatible'),
    unknown: pairs.filter((pair) => pair.verdict === 'unknown'),
    shared: shared.flat(),
    resolver: resolver?.name,
  };
}

/** Whether its ranges exclude nothing of that plugin. */
function mayShare(list: NodeList, focus: string, lists: readonly NodeList[]): boolean {
  const about = lists.find(({ id }) => id === focus);
  return about !== undefined && npmClash(list, about) === undefined;
}

async function impossibleAmong(
  lists: readonly NodeList[],
  questions: NodeQuestions,
): Promise<NodeReport['impossible']> {
  const answers = await Promise.all(lists.map(async (list) => ({ list, answer: await questions.ask([list]) })));
  return answers.flatMap(({ list, answer }) =>
    answer.outcome === 'unsolvable' ? [{ plugin: list.id, reason: answer.reason, words: answer.words }] : [],
  );
}

/** Each plugin in the first group with whose ranges its own meet. */
function largeGroups(lists: readonly NodeList[]): NodeList[][] {
  const groups: NodeList[][] = [];
  for (const list of lists) {
    const group = groups.find((members) => members.every((member) => npmClash(member, list) === undefined));
    if (group === undefined) groups.push([list]);
    else group.push(list);
  }
  return groups.filter(({ length }) => length > 2);
}

async function groupOf(
  name: string,
  lists: readonly NodeList[],
  others: Readonly<Record<string, string>>,
  questions: NodeQuestions | undefined,
): Promise<SharedReport[]> {
  const members = lists.filter(({ share }) => share === name);
  const mine = members.map(({ id }) => id);
  const theirs = Object.keys(others).filter((id) => others[id] === name);
  const plugins = [...mine, ...theirs];
  if (plugins.length < 2) return [];
  const [node, python] = [mine[0], theirs[0]];
  const apart =
    python === undefined
      ? []
      : [`${node} is a plugin of Node, ${python} of Python: their environments have nothing in common`];
  const within = await nodeVerdict(members, questions);
  const reasons = [...apart, ...(within.verdict === 'conflict' ? within.reasons : [])];
  if (reasons.length > 0) return [{ name, plugins, verdict: 'conflict', reasons }];
  if (within.verdict === 'compatible') return [{ name, plugins, verdict: 'compatible', reasons: [] }];
  return [{ name, plugins, verdict: 'unknown', reasons: within.verdict === 'unknown' ? [within.reason] : [] }];
}

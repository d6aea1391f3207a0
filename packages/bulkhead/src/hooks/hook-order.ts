import type { Hook } from './hook.ts';

/** A hook in its place, and why it is there. */
export interface PlacedHook {
  readonly hook: Hook;
  /** Such as `priority 50, after guard.check`. */
  readonly reason: string;
}

export type HookOrder =
  | { readonly placed: readonly PlacedHook[] }
  /** Wishes that can't all be met, each a sentence without the final stop. */
  | { readonly circle: readonly string[] };

/** `first` has to come before `second`, because one of the two asks for it. */
interface Wish {
  readonly first: Hook;
  readonly second: Hook;
  readonly text: string;
}

/**
 * Puts hooks in order: what they ask for by `before` and `after` first of all; then higher priority first; then as their owners stand
 * in the registry; then as they were registered.
 */
export function orderHooks(hooks: readonly Hook[]): HookOrder {
  const ranked = hooks.toSorted(byRank);
  const wishes = ranked.flatMap((hook) => wishesOf(hook, ranked));
  const placed: PlacedHook[] = [];
  const left = new Set(ranked);
  while (left.size > 0) {
    const isFree = (hook: Hook): boolean => !wishes.some(({ first, second }) => second === hook && left.has(first));
    const next = [...left].find(isFree);
    if (next === undefined) return { circle: circleOf(left, wishes) };
    left.delete(next);
    placed.push({ hook: next, reason: reasonOf(next, ranked, wishes) });
  }
  return { placed };
}

function byRank(one: Hook, other: Hook): number {
  if (one.priority !== other.priority) return other.priority - one.priority;
  if (one.position !== other.position) return one.position - other.position;
  return one.sequence - other.sequence;
}

function wishesOf(hook: Hook, all: readonly Hook[]): readonly Wish[] {
  const called = (name: string): readonly Hook[] => all.filter((other) => other !== hook && other.isCalled(name));
  const text = (where: string, other: Hook): string => `${hook.fullName} asks to come ${where} ${other.fullName}`;
  return [
    ...hook.before.flatMap(called).map((other) => ({ first: hook, second: other, text: text('before', other) })),
    ...hook.after.flatMap(called).map((other) => ({ first: other, second: hook, text: text('after', other) })),
  ];
}

/** Only the wishes that moved it: those that it has against its rank. */
function reasonOf(hook: Hook, ranked: readonly Hook[], wishes: readonly Wish[]): string {
  const isBetter = (one: Hook, other: Hook): boolean => byRank(one, other) < 0;
  const after = wishes.filter(({ first, second }) => second === hook && isBetter(hook, first));
  const before = wishes.filter(({ first, second }) => first === hook && isBetter(second, hook));
  const tied = ranked.filter((other) => other !== hook && other.priority === hook.priority);
  const byPlace = tied.some(({ position }) => position !== hook.position)
    ? ', then as plugins stand in the registry'
    : '';
  const byTime = tied.some(({ position }) => position === hook.position) ? ', then as registered' : '';
  const absent = [...hook.before, ...hook.after].filter((name) => !ranked.some((other) => other.isCalled(name)));
  return [
    `priority ${hook.priority}${byPlace}${byTime}`,
    ...after.map(({ first, text }) => `after ${first.fullName} (${text})`),
    ...before.map(({ second, text }) => `before ${second.fullName} (${text})`),
    ...absent.map((name) => `there is no ${name} that it asks for`),
  ].join('; ');
}

/** Each that is left has one before it that is left: going back leads into a circle. */
function circleOf(left: ReadonlySet<Hook>, wishes: readonly Wish[]): readonly string[] {
  const path: Wish[] = [];
  let [hook] = left;
  for (;;) {
    const start = path.findIndex(({ second }) => second === hook);
    if (start >= 0) return textOf(path.slice(start));
    const wish = wishes.find(({ first, second }) => second === hook && left.has(first));
    if (wish === undefined) return textOf(path);
    path.push(wish);
    hook = wish.first;
  }
}

/** Forwards: the path was gone back. */
function textOf(path: readonly Wish[]): readonly string[] {
  return path.map(({ text }) => text).toReversed();
}

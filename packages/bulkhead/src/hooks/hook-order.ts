import type { Hook } from './hook.ts';

/** A hook in its place in the chain, with the reason. */
export interface PlacedHook {
  readonly hook: Hook;
  /** Such as `priority 50, after guard.check`. */
  readonly reason: string;
}

export type HookOrder =
  | { readonly placed: readonly PlacedHook[] }
  /** Constraints that contradict each other, each a sentence without the final stop. */
  | { readonly circle: readonly string[] };

/** `before` or `after` of one of two hooks: `first` has to come before `second`. */
interface Constraint {
  readonly first: Hook;
  readonly second: Hook;
  readonly text: string;
}

/**
 * Puts hooks in order: by `before` and `after` first of all; then by priority, higher first; then by the order of their owners in the
 * registry; then by registration.
 */
export function orderHooks(hooks: readonly Hook[]): HookOrder {
  const ranked = hooks.toSorted(byRank);
  const constraints = ranked.flatMap((hook) => constraintsOf(hook, ranked));
  const placed: PlacedHook[] = [];
  const left = new Set(ranked);
  while (left.size > 0) {
    const isFree = (hook: Hook): boolean =>
      !constraints.some(({ first, second }) => second === hook && left.has(first));
    const next = [...left].find(isFree);
    if (next === undefined) return { circle: circleOf(left, constraints) };
    left.delete(next);
    placed.push({ hook: next, reason: reasonOf(next, ranked, constraints) });
  }
  return { placed };
}

function byRank(one: Hook, other: Hook): number {
  if (one.priority !== other.priority) return other.priority - one.priority;
  if (one.position !== other.position) return one.position - other.position;
  return one.sequence - other.sequence;
}

function constraintsOf(hook: Hook, all: readonly Hook[]): readonly Constraint[] {
  const called = (name: string): readonly Hook[] => all.filter((other) => other !== hook && other.isCalled(name));
  const text = (where: string, other: Hook): string => `${hook.fullName} asks to come ${where} ${other.fullName}`;
  return [
    ...hook.before.flatMap(called).map((other) => ({ first: hook, second: other, text: text('before', other) })),
    ...hook.after.flatMap(called).map((other) => ({ first: other, second: hook, text: text('after', other) })),
  ];
}

/** Names only the constraints that moved the hook away from its rank. */
function reasonOf(hook: Hook, ranked: readonly Hook[], constraints: readonly Constraint[]): string {
  const isBetter = (one: Hook, other: Hook): boolean => byRank(one, other) < 0;
  const after = constraints.filter(({ first, second }) => second === hook && isBetter(hook, first));
  const before = constraints.filter(({ first, second }) => first === hook && isBetter(second, hook));
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

/** Each hook that is left waits for another that is left, so going back leads into a circle. */
function circleOf(left: ReadonlySet<Hook>, constraints: readonly Constraint[]): readonly string[] {
  const path: Constraint[] = [];
  let [hook] = left;
  for (;;) {
    const start = path.findIndex(({ second }) => second === hook);
    if (start >= 0) return textOf(path.slice(start));
    const constraint = constraints.find(({ first, second }) => second === hook && left.has(first));
    if (constraint === undefined) return textOf(path);
    path.push(constraint);
    hook = constraint.first;
  }
}

/** From first to last: the path was collected backwards. */
function textOf(path: readonly Constraint[]): readonly string[] {
  return path.map(({ text }) => text).toReversed();
}

import type { ExecuteOptions } from './execute-options.ts';

/**
 * What a program says of its plugins, for TypeScript to check: by id, each action as a method from its input to its result.
 * `bulkhead types` writes it; by hand it is `{ greeter: { shout(input: { name: string }): string } }`.
 */
export type DeclaredPlugins<Plugins> = { readonly [Id in keyof Plugins]: DeclaredActions<Plugins[Id]> };

/** The actions of one plugin. */
export type DeclaredActions<Actions> = { readonly [Action in keyof Actions]: (input: never) => unknown };

/** Nothing is declared: any name and any input will do, and the caller has to know the results. */
export type Undeclared = Readonly<Record<never, never>>;

export type ActionInput<Action> = Action extends (input: infer Input) => unknown
  ? undefined extends Input
    ? Input | null
    : Input
  : never;
export type ActionResult<Action> = Action extends (input: never) => infer Result ? Awaited<Result> : never;

/** The id of a plugin, for what isn't checked: any text if nothing is declared, none otherwise. */
export type UncheckedId<Plugins> = [keyof Plugins] extends [never] ? string : never;

/** What follows the id in a call of `execute`. */
export type ExecuteArguments<Actions> = Actions extends { readonly execute: infer Action }
  ? ActionArguments<Action, ExecuteOptions & { readonly action?: 'execute' }>
  : never;

/** Options of a call whose action is known. */
export type ActionOptions = Omit<ExecuteOptions, 'action'>;

type ActionArguments<Action, Options> =
  undefined extends ActionInput<Action>
    ? [input?: ActionInput<Action>, options?: Options]
    : [input: ActionInput<Action>, options?: Options];

/** An action of a handle. */
export type ActionMethod<Action> = (...call: ActionArguments<Action, ActionOptions>) => Promise<ActionResult<Action>>;

/** Names that mean something else on every object of JavaScript, or on a handle: their actions are reached by `call`. */
export type ReservedName = 'call' | 'then' | 'toJSON' | 'asymmetricMatch' | '__proto__' | keyof typeof Object.prototype;

/** One plugin: its actions as methods. Of actions that were declared TypeScript checks name, input and result. */
export type PluginHandle<Actions = Undeclared> = [keyof Actions] extends [never]
  ? UncheckedHandle
  : ActionMethods<Actions, Exclude<keyof Actions, ReservedName>> & NamedCall<Actions>;

// Over the keys of `Actions`, so that editors show what is said of each action.
type ActionMethods<Actions, Names extends keyof Actions> = { readonly [Name in Names]: ActionMethod<Actions[Name]> };

interface NamedCall<Actions> {
  /** Calls an action by its name, also one whose name means something else on an object, such as `then`. */
  call<Name extends keyof Actions & string>(
    action: Name,
    ...call: ActionArguments<Actions[Name], ActionOptions>
  ): Promise<ActionResult<Actions[Name]>>;
}

/** One plugin of which nothing is declared. */
export interface UncheckedHandle {
  /** Calls an action by its name, also one whose name means something else on an object, such as `then`. */
  call<Result = unknown>(action: string, input?: unknown, options?: ActionOptions): Promise<Result>;
  // A function here would be possibly undefined for programs that check access by index, as `tsc --init` has it.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly [action: string]: any;
}

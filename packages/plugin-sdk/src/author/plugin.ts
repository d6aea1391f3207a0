import type { Action, ActionOptions, Handler } from './action.ts';
import type { PluginContext } from './context.ts';
import type { Hook, HookHandler, HookOptions } from './hook.ts';
import type { OutputOf, Schema } from './schema.ts';

/** A plugin as an object. Everything is optional, but it has to have an action or a hook. */
export interface PluginDefinition<
  Actions extends ActionsOf = ActionsOf,
  Config extends Schema | undefined = Schema | undefined,
> {
  /** Checks the configuration that the registry holds; `initialize` gets what comes out of it. */
  readonly config?: Config;
  /** Called once before the first call. */
  readonly initialize?: (config: ConfigOf<Config>, context: PluginContext) => unknown;
  /** Called once when the host stops this instance; not after a crash or a kill. */
  readonly cleanup?: (context: PluginContext) => unknown;
  /** What the host can show, such as a version. */
  readonly metadata?: Metadata | (() => Metadata | Promise<Metadata>) | undefined;
  /** By name; `execute` is the one that runs where none is named. */
  readonly actions?: Actions;
  /** By event. Several of one event need names. */
  readonly hooks?: Readonly<Record<string, HookHandler<never> | Hook | readonly Hook[]>> | undefined;
}

export type Metadata = Readonly<Record<string, unknown>>;
export type ActionsOf = Readonly<Record<string, Handler<never> | Action>>;
type ConfigOf<Config> = Config extends Schema ? OutputOf<Config> : Readonly<Record<string, unknown>>;

/** What `definePlugin` makes. A module's default export has to be one, or a class that extends `Plugin`. */
export class DefinedPlugin<Actions extends ActionsOf = ActionsOf> {
  readonly definition: PluginDefinition;
  /** For types alone. */
  declare readonly actions?: Actions;

  constructor(definition: PluginDefinition) {
    this.definition = definition;
  }
}

/** A plugin as an object, for `export default`. */
export function definePlugin<const Actions extends ActionsOf, Config extends Schema | undefined = undefined>(
  definition: PluginDefinition<Actions, Config>,
): DefinedPlugin<Actions> {
  return new DefinedPlugin(definition as unknown as PluginDefinition);
}

/** A plugin as a class, for `export default`. A method `execute` is an action; `actions` and `hooks` name further methods. */
export class Plugin {
  /** Names of methods that are actions, each with its options. `execute` need not be among them. */
  static readonly actions?: Readonly<Record<string, ActionOptions>>;
  /** By event: the method that is a hook of it, with its options. */
  static readonly hooks?: Readonly<Record<string, MethodHook | readonly MethodHook[]>>;
  /** Checks the configuration. */
  static readonly config?: Schema;

  /** Called once before the first call, with the configuration that the registry holds for this plugin. */
  initialize(_config: unknown, _context: PluginContext): unknown {
    return undefined;
  }

  /** Called once when the host stops this instance; not after a crash or a kill. */
  cleanup(_context: PluginContext): unknown {
    return undefined;
  }

  /** What the host can show, such as a version. */
  metadata(): Metadata | Promise<Metadata> {
    return {};
  }
}

export interface MethodHook extends Omit<HookOptions, 'name'> {
  /** Its name is that of the hook, too. */
  readonly method: string;
}

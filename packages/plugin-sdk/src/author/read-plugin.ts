import { Action, type Handler } from './action.ts';
import { Miswritten } from './errors.ts';
import { Hook } from './hook.ts';
import { type MethodHook, DefinedPlugin, Plugin, type PluginDefinition } from './plugin.ts';

type Methods = Readonly<Record<string, unknown>>;

/**
 * The plugin that a module exports, as an object whichever form it was written in.
 *
 * @param file for the message
 * @throws Miswritten; and what the constructor of a class throws
 */
export function readPlugin(exported: unknown, file: string): PluginDefinition {
  if (exported instanceof DefinedPlugin) return exported.definition;
  if (typeof exported === 'function' && exported.prototype instanceof Plugin)
    return definitionOf(new (exported as new () => Plugin)(), file);
  if (exported instanceof Plugin) return definitionOf(exported, file);
  throw new Miswritten(
    [
      exported === undefined
        ? 'the module has no default export; write `export default definePlugin({ … })`, or a class that extends Plugin'
        : 'its default export is no plugin; write `export default definePlugin({ … })`, or a class that extends Plugin',
    ],
    file,
  );
}

function definitionOf(plugin: Plugin, file: string): PluginDefinition {
  const { actions = {}, hooks = {}, config } = plugin.constructor as typeof Plugin;
  const methods = plugin as unknown as Methods;
  const mistakes: string[] = [];
  const methodOf = (name: string, what: string): Handler<never> => {
    const method = methods[name];
    if (typeof method === 'function') return method.bind(plugin) as Handler<never>;
    mistakes.push(`${what} names the method ${JSON.stringify(name)}, and the class has none of that name`);
    return () => undefined;
  };
  const executes = 'execute' in plugin && !Object.hasOwn(actions, 'execute') ? { execute: {} } : {};
  const declared = Object.entries({ ...executes, ...actions }).map(
    ([name, options]) => [name, new Action(options, methodOf(name, 'actions'))] as const,
  );
  const listed = Object.entries(hooks).map(([event, one]) => {
    const all = (Array.isArray(one) ? one : [one]) as readonly MethodHook[];
    const made = all.map(
      ({ method, ...options }) => new Hook({ name: method, ...options }, methodOf(method, `hooks of ${event}`)),
    );
    return [event, made] as const;
  });
  if (mistakes.length > 0) throw new Miswritten(mistakes, file);
  return {
    ...(config === undefined ? {} : { config }),
    initialize: (configuration, context) => plugin.initialize(configuration, context),
    cleanup: (context) => plugin.cleanup(context),
    metadata: () => plugin.metadata(),
    actions: Object.fromEntries(declared) as NonNullable<PluginDefinition['actions']>,
    hooks: Object.fromEntries(listed),
  };
}

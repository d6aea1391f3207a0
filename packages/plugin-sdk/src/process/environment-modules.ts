import module, { createRequire, register, type ResolveFnOutput, type ResolveHookContext } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { notInEnvironment, resolutionOf, type ResolveRule } from './resolve-rule.ts';

/** Lets the plugin's files find the packages of its environment, and this SDK, by their names. */
export function useEnvironment(rule: ResolveRule): void {
  const { registerHooks } = module as Partial<HookedModule>;
  if (registerHooks !== undefined) return resolveHere(rule, registerHooks);
  // Before 22.15 Node asks a thread of its own where modules are, which knows of `import` alone.
  register('./older-node.js', { parentURL: import.meta.url, data: rule });
  resolveRequire(rule);
}

/** What types of Node 20 do not know. */
interface HookedModule {
  registerHooks(hooks: {
    resolve(specifier: string, context: ResolveHookContext, next: NextResolve): ResolveFnOutput;
  }): void;
}

type NextResolve = (specifier: string, context: ResolveHookContext) => ResolveFnOutput;

function resolveHere(rule: ResolveRule, registerHooks: HookedModule['registerHooks']): void {
  const fromEnvironment = createRequire(`${rule.prefix}/package.json`);
  registerHooks({
    resolve(specifier, context, next) {
      const request = { specifier, parent: context.parentURL };
      const resolution = resolutionOf(request, rule);
      if (resolution.kind === 'sdk') return { url: resolution.url, format: 'module', shortCircuit: true };
      if (resolution.kind === 'usual') return next(specifier, context);
      try {
        // of `require` Node takes the file that asks from elsewhere
        if (context.conditions.includes('require'))
          return { url: pathToFileURL(fromEnvironment.resolve(specifier)).href, shortCircuit: true };
        return next(specifier, { ...context, parentURL: resolution.parent });
      } catch (error) {
        if (resolution.strictly) throw notInEnvironment(request, error);
        return next(specifier, context);
      }
    },
  });
}

interface Resolving {
  _resolveFilename(specifier: string, parent: { filename?: string | null } | undefined, ...rest: unknown[]): string;
}

/** Node has had this inner function for as long as `require`, and newer ones, which might lose it, never come here. */
function resolveRequire(rule: ResolveRule): void {
  const inner = module as unknown as Resolving;
  const usual = inner._resolveFilename;
  const fromEnvironment = createRequire(`${rule.prefix}/package.json`);
  inner._resolveFilename = (specifier, parent, ...rest) => {
    const file = parent?.filename;
    const request = { specifier, parent: typeof file === 'string' ? pathToFileURL(file).href : undefined };
    const resolution = resolutionOf(request, rule);
    if (resolution.kind === 'sdk') return fileURLToPath(resolution.url);
    if (resolution.kind === 'usual') return usual.call(module, specifier, parent, ...rest);
    try {
      return fromEnvironment.resolve(specifier);
    } catch (error) {
      if (resolution.strictly) throw notInEnvironment(request, error);
      return usual.call(module, specifier, parent, ...rest);
    }
  };
}

/** Hooks for Node before 22.15, which runs them in a thread of its own: see environment-modules.ts. */
import type { InitializeHook, ResolveHook } from 'node:module';
import { notInEnvironment, resolutionOf, type ResolveRule } from './resolve-rule.ts';

let rule: ResolveRule;

export const initialize: InitializeHook<ResolveRule> = (data) => {
  rule = data;
};

export const resolve: ResolveHook = async (specifier, context, next) => {
  const request = { specifier, parent: context.parentURL };
  const resolution = resolutionOf(request, rule);
  if (resolution.kind === 'sdk') return { url: resolution.url, format: 'module', shortCircuit: true };
  if (resolution.kind === 'usual') return await next(specifier, context);
  try {
    return await next(specifier, { ...context, parentURL: resolution.parent });
  } catch (error) {
    if (resolution.strictly) throw notInEnvironment(request, error);
    return await next(specifier, context);
  }
};

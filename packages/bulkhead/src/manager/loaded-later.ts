import type { EnvironmentOptions } from '../environment/environment-options.ts';
import type { Environments } from '../environment/environments.ts';
import type { ImageOptions } from '../environment/image/image-environment.ts';
import type { EnvironmentProvider, EnvironmentRuntime } from '../environment/ready-environment.ts';
import type { EnvironmentKind } from '../registry/plugin-spec.ts';
import type * as LaterStages from './later-stages.ts';

/**
 * Stages that are loaded when they are first asked for something, which nobody does at once: they and the packages that they use
 * are half of the host, and a program that imports it should not have to wait for them.
 */

type Later = typeof LaterStages;

export const readRegistry: Later['readRegistry'] = async (...given) => await (await later()).readRegistry(...given);

export const readDeclaration: Later['readDeclaration'] = async (...given) =>
  await (await later()).readDeclaration(...given);

export const loadPluginFolder: Later['loadPluginFolder'] = async (...given) =>
  await (await later()).loadPluginFolder(...given);

export function environmentsOf(options: EnvironmentOptions & ImageOptions): Environments {
  let loaded: Promise<Environments> | undefined;
  const all = async (): Promise<Environments> => {
    loaded ??= later().then((stages) => stages.environmentsOf(options));
    return await loaded;
  };
  const provider = <Runtime extends EnvironmentRuntime>(kind: EnvironmentKind): EnvironmentProvider<Runtime> => {
    const own = async (): Promise<EnvironmentProvider<Runtime>> =>
      (await all())[kind] as EnvironmentProvider<EnvironmentRuntime> as EnvironmentProvider<Runtime>;
    return {
      prepare: async (...given) => await (await own()).prepare(...given),
      find: async (...given) => await (await own()).find(...given),
    };
  };
  return {
    uv: provider('uv'),
    venv: provider('venv'),
    node: provider('node'),
    image: provider('image'),
    none: provider('none'),
  };
}

async function later(): Promise<Later> {
  return await import('./later-stages.ts');
}

import type { EnvironmentKind } from '../registry/plugin-spec.ts';
import { BuildingProvider, type Planner } from './build/building-provider.ts';
import type { EnvironmentOptions } from './environment-options.ts';
import { ImageEnvironment, type ImageOptions } from './image/image-environment.ts';
import type { EnvironmentProvider, NodeRuntime, PythonRuntime } from './ready-environment.ts';
import { NoEnvironment } from './no-environment.ts';
import { SharedLooks } from './shared-looks.ts';
import { planWithUv } from './uv/uv-environment.ts';

/** The provider for each kind of environment. */
export interface Environments extends Readonly<Record<EnvironmentKind, EnvironmentProvider>> {
  readonly uv: EnvironmentProvider<PythonRuntime>;
  readonly venv: EnvironmentProvider<PythonRuntime>;
  readonly node: EnvironmentProvider<NodeRuntime>;
}

/** The plans of less usual builders are loaded for the plugins that ask for them. */
const planWithVenv: Planner<PythonRuntime> = async (context) =>
  await (await import('./venv/venv-environment.ts')).planWithVenv(context);

const planWithNpm: Planner<NodeRuntime> = async (context) =>
  await (await import('./node/npm-environment.ts')).planWithNpm(context);

export function environmentsOf(given: EnvironmentOptions & ImageOptions = {}): Environments {
  const options = { looks: new SharedLooks(), ...given };
  return {
    uv: new BuildingProvider(planWithUv, options),
    venv: new BuildingProvider(planWithVenv, options),
    node: new BuildingProvider(planWithNpm, options),
    image: new ImageEnvironment(options),
    none: new NoEnvironment(options),
  };
}

import type { EnvironmentKind } from '../registry/plugin-spec.ts';
import { BuildingProvider } from './build/building-provider.ts';
import type { EnvironmentOptions } from './environment-options.ts';
import { ImageEnvironment, type ImageOptions } from './image/image-environment.ts';
import { planWithNpm } from './node/npm-environment.ts';
import type { EnvironmentProvider, NodeRuntime, PythonRuntime } from './ready-environment.ts';
import { NoEnvironment } from './no-environment.ts';
import { SharedLooks } from './shared-looks.ts';
import { planWithUv } from './uv/uv-environment.ts';
import { planWithVenv } from './venv/venv-environment.ts';

/** The provider for each kind of environment. */
export interface Environments extends Readonly<Record<EnvironmentKind, EnvironmentProvider>> {
  readonly uv: EnvironmentProvider<PythonRuntime>;
  readonly venv: EnvironmentProvider<PythonRuntime>;
  readonly node: EnvironmentProvider<NodeRuntime>;
}

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

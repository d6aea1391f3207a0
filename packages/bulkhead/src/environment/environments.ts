import type { EnvironmentKind } from '../registry/plugin-spec.ts';
import { BuildingProvider } from './build/building-provider.ts';
import type { EnvironmentOptions } from './environment-options.ts';
import type { EnvironmentProvider } from './ready-environment.ts';
import { planWithUv } from './uv/uv-environment.ts';
import { planWithVenv } from './venv/venv-environment.ts';

/** The provider for each `environment` that a registry may name. */
export type Environments = Readonly<Record<EnvironmentKind, EnvironmentProvider>>;

export function environmentsOf(options: EnvironmentOptions = {}): Environments {
  return { uv: new BuildingProvider(planWithUv, options), venv: new BuildingProvider(planWithVenv, options) };
}

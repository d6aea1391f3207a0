import type { BuildContext } from '../build/build-environment.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { nodeForPlugin } from './choose-node.ts';
import type { DiscoveredNode } from './node-discovery.ts';
import { type Npm, npmFor } from './npm.ts';
import type { NpmConfig } from './npm-config.ts';
import type { NpmProject } from './npm-project.ts';
import { npmProjectToBuild } from './npm-shared.ts';

/** Everything that decides what npm is asked to do. */
export interface NpmRequest {
  readonly spec: PluginSpec;
  readonly project: NpmProject;
  readonly node: DiscoveredNode;
  /** Undefined where there is nothing to install. */
  readonly npm: Npm | undefined;
  readonly config: NpmConfig;
}

/** @throws BulkheadError of the plugin's files; `NODE_NOT_FOUND`, `NPM_UNAVAILABLE`, `SHARING_IMPOSSIBLE` */
export async function readNpmRequest(context: BuildContext): Promise<NpmRequest> {
  const { entryPoints, engines, preferred, ...asked } = await npmProjectToBuild(context.spec, context);
  const { spec, project } = asked;
  const node = await nodeForPlugin(spec.id, { engines, preferred, entryPoints }, context);
  const isEmpty = Object.keys({ ...project.required, ...project.optional }).length === 0;
  return {
    ...asked,
    node,
    npm: isEmpty ? undefined : await npmFor(spec.id, node, context.variables),
  };
}

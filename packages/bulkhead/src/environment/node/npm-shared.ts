import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { type NpmProject, readNpmProject } from './npm-project.ts';

/** What an environment of Node is made from. */
export interface NpmProjectToBuild {
  readonly spec: PluginSpec;
  readonly project: NpmProject;
  /** Ranges of Node, in all of which it has to be. */
  readonly engines: readonly string[];
}

/** @throws BulkheadError those of reading a plugin's files */
export async function npmProjectToBuild(spec: PluginSpec): Promise<NpmProjectToBuild> {
  const project = await readNpmProject(spec);
  return { spec, project, engines: project.engines === undefined ? [] : [project.engines] };
}

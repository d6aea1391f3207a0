import type { NpmRequirementList } from '../../conflicts/requirement-list.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { npmConfig } from './npm-config.ts';
import { readNpmProject } from './npm-project.ts';

/** What a plugin of Node asks for. @throws BulkheadError those of reading its files */
export async function npmRequirements(spec: PluginSpec, variables: NodeJS.ProcessEnv): Promise<NpmRequirementList> {
  const { required, optional, engines, fields } = await readNpmProject(spec, false);
  const { own } = await npmConfig(spec, variables);
  return {
    id: spec.id,
    packages: { ...optional, ...required },
    optional: Object.keys(optional),
    node: engines,
    asOf: spec.environment.asOf,
    settings: { overrides: fields['overrides'], npmrc: own },
  };
}

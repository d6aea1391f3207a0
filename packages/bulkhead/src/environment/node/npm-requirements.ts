import type { NpmRequirementList } from '../../conflicts/requirement-list.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { readNpmProject } from './npm-project.ts';

/** What a plugin of Node asks for. @throws BulkheadError those of reading its files */
export async function npmRequirements(spec: PluginSpec): Promise<NpmRequirementList> {
  const { required, optional, engines } = await readNpmProject(spec, false);
  return { id: spec.id, packages: { ...optional, ...required }, node: engines };
}

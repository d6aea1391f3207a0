import { otherRequirements } from '../environment/dependency-files/unread-files.ts';
import { type DeclaredProject, readDeclaredProject } from '../environment/requirements/declared-project.ts';
import { BulkheadError, isBulkheadError } from '../errors/bulkhead-error.ts';
import { missingModule } from '../errors/python-cures.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import { packageOf } from '../requirements/package-of-module.ts';

/** A package that Node did not find; files are named by their paths. */
const LACKING = /^Error: Cannot find (?:package|module) '([\w@][^'\n]*)'/;

/** Says of a missing module what to ask for and where, or that the plugin does so in a file that Bulkhead doesn't read. */
export async function explainMissingModule(error: unknown, spec: PluginSpec): Promise<unknown> {
  if (!isBulkheadError(error)) return error;
  const { code, details, cause, context } = error;
  if (spec.environment.kind === 'node') return error; // npm's packages are named as they are imported
  if (code !== 'PLUGIN_IMPORT_FAILED' && code !== 'PLUGIN_INITIALIZE_FAILED') return error;
  const { plugin, reason } = details as { readonly plugin: string; readonly reason: string };
  if (spec.environment.language === 'node') {
    const [, name] = LACKING.exec(reason) ?? [];
    if (name === undefined) return error;
    const cure = `Install ${name} in the plugin's image: list it among \`dependencies\` of its package.json, and let its Dockerfile run npm.`;
    return new BulkheadError(code, { plugin, reason, cure }, { cause, context });
  }
  const [type, message] = /^(\w+): (.*)/s.exec(reason)?.slice(1) ?? [];
  const module = missingModule(type, message ?? '');
  if (module === undefined) return error;
  if (spec.environment.kind === 'image') {
    const cure = `Install the package that brings "${module.split('.')[0]}" in the plugin's image: in its Dockerfile.`;
    return new BulkheadError(code, { plugin, reason, cure }, { cause, context });
  }
  try {
    const declared = await readDeclaredProject(spec);
    const unread = await otherRequirements(spec, declared);
    const cure =
      unread === undefined
        ? `Add ${packageOf(module)} to ${placeOfRequirements(declared.origin, spec)}.`
        : `Its ${unread.told}; ${unread.cure}.`;
    return new BulkheadError(code, { plugin, reason, cure }, { cause, context });
  } catch {
    return error; // its files were read a moment ago; the failed import says more than that they can't be read now
  }
}

/** Where this plugin asks for packages already, or may begin to. */
function placeOfRequirements(origin: DeclaredProject['origin'], spec: PluginSpec): string {
  const registry = `\`dependencies\` of plugin "${spec.id}" in the registry`;
  switch (origin) {
    case 'pyproject':
      return "`dependencies` under [project] in the plugin's pyproject.toml";
    case 'script':
      return `\`dependencies\` in the script header of ${spec.launch.entryPoint.file ?? 'its file'}`;
    case 'requirements':
      return "the plugin's requirements.txt";
    case 'nothing':
      return spec.environment.dependencies.length > 0
        ? registry
        : `a requirements.txt beside the plugin, or to ${registry}`;
  }
}

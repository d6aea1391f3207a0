import { otherRequirements } from '../environment/dependency-files/unread-files.ts';
import { readDeclaredProject } from '../environment/requirements/declared-project.ts';
import { BulkheadError, isBulkheadError } from '../errors/bulkhead-error.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';

/** Says of a missing module where to ask for its package, or that the plugin does so in a file that Bulkhead doesn't read. */
export async function explainMissingModule(error: unknown, spec: PluginSpec): Promise<unknown> {
  if (!isBulkheadError(error)) return error;
  const { code, details, cause, context } = error;
  if (code !== 'PLUGIN_IMPORT_FAILED' && code !== 'PLUGIN_INITIALIZE_FAILED') return error;
  const { plugin, reason } = details as { readonly plugin: string; readonly reason: string };
  const [, module] = /^ModuleNotFoundError: No module named '([\w.]+)'/.exec(reason) ?? [];
  if (module === undefined) return error;
  if (spec.environment.kind === 'image') {
    const cure = `Install the package that brings "${module.split('.')[0]}" in the plugin's image: in its Dockerfile.`;
    return new BulkheadError(code, { plugin, reason, cure }, { cause, context });
  }
  try {
    const unread = await otherRequirements(spec, await readDeclaredProject(spec));
    const cure =
      unread === undefined
        ? `Ask for the package that brings "${module.split('.')[0]}": in the plugin's own requirements, or in \`dependencies\` of its registry entry.`
        : `Its ${unread.told}; ${unread.cure}.`;
    return new BulkheadError(code, { plugin, reason, cure }, { cause, context });
  } catch {
    return error; // its files were read a moment ago; the failed import says more than that they can't be read now
  }
}

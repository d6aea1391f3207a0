import type { Finding } from './finding.ts';
import type { PluginSpec } from './plugin-spec.ts';
import { isForNode } from './unfit-for-node.ts';

/** Fields that say something of Python or its packages, each with what does the same for a plugin of Node. */
export const ONLY_FOR_PYTHON: Readonly<Record<string, string>> = {
  python_version: 'which Node it runs on is said by `engines` in its package.json',
  dependencies: 'packages are listed in its package.json',
  extras: 'packages are listed in its package.json',
  groups: 'packages are listed in its package.json',
};

/** Silence would let people believe that they have an effect. */
export function pythonFieldsOf(entry: object, index: number, { environment }: PluginSpec): Finding[] {
  if (!isForNode(environment)) return [];
  return Object.entries(ONLY_FOR_PYTHON)
    .filter(([field]) => field in entry)
    .map(([field, cure]) => ({
      path: ['plugins', index, field],
      at: 'key',
      message: `${field}: has no effect on a plugin of Node; ${cure}`,
    }));
}

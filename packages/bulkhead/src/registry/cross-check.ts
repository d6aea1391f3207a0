import { MOST_MISTAKES } from '../errors/catalogue/words.ts';
import { LONGEST_REQUIREMENT } from '../requirements/limits.ts';
import { readPluginRequirement } from '../requirements/plugin-requirement.ts';
import { isProblem } from '../requirements/problem.ts';
import { REQUIREMENT_PATTERN } from '../requirements/requirement-pattern.ts';
import { type DocumentText, type Finding, shorten } from './finding.ts';
import { isMapping } from './plain-value.ts';
import { refusedVariables } from './refused-variables.ts';
import { malformedReferences, misplacedReferences } from './secret-references.ts';

/** Rules about more than one field. They take values that may be invalid, so that all mistakes are reported at once. */
export function crossCheck(registry: unknown, text: DocumentText): Finding[] {
  const plugins: unknown = isMapping(registry) ? registry['plugins'] : undefined;
  if (!Array.isArray(plugins)) return [];
  const ids = new Map<string, number>();
  const findings: Finding[] = [];
  for (const [index, plugin] of plugins.entries()) {
    if (findings.length >= MOST_MISTAKES) break;
    if (!isMapping(plugin)) continue;
    findings.push(
      ...duplicateId(plugin['id'], index, ids, text),
      ...dockerOnly(plugin, index),
      ...processOnly(plugin, index),
      ...forksOnly(plugin, index),
      ...builtInContainer(plugin, index),
      ...unfitRequirements(plugin, index).slice(0, MOST_MISTAKES),
      ...refusedVariables(plugin, ['plugins', index]).slice(0, MOST_MISTAKES),
      ...references(plugin, index).slice(0, MOST_MISTAKES),
    );
  }
  return findings;
}

function duplicateId(id: unknown, index: number, seen: Map<string, number>, text: DocumentText): Finding[] {
  if (typeof id !== 'string') return [];
  const first = seen.get(id);
  if (first === undefined) {
    seen.set(id, index);
    return [];
  }
  const { line } = text.position(['plugins', first, 'id'], 'value');
  return [
    {
      path: ['plugins', index, 'id'],
      at: 'value',
      message: `id: the plugin on line ${line} is called "${id.slice(0, 64)}" already`,
    },
  ];
}

/** Silence would let people believe that a limit holds. */
function dockerOnly(plugin: Readonly<Record<string, unknown>>, index: number): Finding[] {
  if ((plugin['isolation'] ?? 'process') !== 'process') return [];
  return ['image']
    .filter((field) => plugin[field] !== undefined)
    .map((field) => ({
      path: ['plugins', index, field],
      at: 'key',
      message: `${field}: has an effect only with isolation: docker`,
    }));
}

/** What a container has no way to hold. */
function processOnly(plugin: Readonly<Record<string, unknown>>, index: number): Finding[] {
  if (plugin['isolation'] !== 'docker') return [];
  const paths = [['sandbox'], ['permissions', 'env'], ['permissions', 'processes'], ['resources', 'files']] as const;
  return paths
    .filter(([field, part]) => {
      const value = plugin[field];
      return part === undefined ? value !== undefined : isMapping(value) && value[part] !== undefined;
    })
    .map((path) => ({
      path: ['plugins', index, ...path],
      at: 'key',
      message: `${path.join('.')}: has an effect only with isolation: process`,
    }));
}

function forksOnly({ isolation, start, instances }: Readonly<Record<string, unknown>>, index: number): Finding[] {
  const obstacle = isolation === 'docker' ? 'isolation: docker does not do that' : 'start: spawn forbids that';
  if (isolation !== 'docker' && start !== 'spawn') return [];
  const findings: Finding[] = [];
  if (isMapping(instances) && instances['spare'])
    findings.push({
      path: ['plugins', index, 'instances', 'spare'],
      at: 'key',
      message: `instances.spare: spares are forked, and ${obstacle}`,
    });
  if (isolation === 'docker' && start !== undefined)
    findings.push({
      path: ['plugins', index, 'start'],
      at: 'key',
      message: 'start: has no effect with isolation: docker',
    });
  return findings;
}

/** What a builder would be told. */
const BUILT = ['as_of', 'dependencies', 'environment', 'extras', 'groups', 'share', 'trial_import'];

/** Silence would let people look for a package in vain. */
function builtInContainer(plugin: Readonly<Record<string, unknown>>, index: number): Finding[] {
  if (plugin['isolation'] !== 'docker') return [];
  return BUILT.filter((field) => plugin[field] !== undefined).map((field) => ({
    path: ['plugins', index, field],
    at: 'key',
    message: `${field}: has no effect with isolation: docker, where the packages are those of the image`,
  }));
}

/** Whether the schema takes `text` as one of `dependencies`. */
export function hasShapeOfRequirement(text: string): boolean {
  return text.length <= LONGEST_REQUIREMENT && REQUIREMENT_PATTERN.test(text);
}

/** What has the shape of a requirement and is none. The schema reports what has another shape. */
function unfitRequirements({ dependencies }: Readonly<Record<string, unknown>>, index: number): Finding[] {
  if (!Array.isArray(dependencies)) return [];
  return dependencies.flatMap((text: unknown, position): Finding[] => {
    if (typeof text !== 'string' || !hasShapeOfRequirement(text)) return [];
    const read = readPluginRequirement(text);
    if (!isProblem(read)) return [];
    const message = `dependencies[${position}]: ${JSON.stringify(shorten(text))} is no requirement: ${read.problem}`;
    return [{ path: ['plugins', index, 'dependencies', position], at: 'value', message }];
  });
}

function references(plugin: Readonly<Record<string, unknown>>, index: number): Finding[] {
  return Object.entries(plugin).flatMap(([field, value]) => {
    const replaced = field === 'config' || field === 'env';
    return replaced
      ? malformedReferences(value, ['plugins', index, field])
      : misplacedReferences(value, ['plugins', index, field]);
  });
}

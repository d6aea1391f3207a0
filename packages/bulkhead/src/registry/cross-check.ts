import { MOST_MISTAKES } from '../errors/catalogue/words.ts';
import { LONGEST_REQUIREMENT } from '../requirements/limits.ts';
import { readPluginRequirement } from '../requirements/plugin-requirement.ts';
import { isProblem } from '../requirements/problem.ts';
import { REQUIREMENT_PATTERN } from '../requirements/requirement-pattern.ts';
import { placed, stands, withDefaults } from './defaults.ts';
import { type DocumentText, eachOnce, type FieldPath, type Finding, shorten } from './finding.ts';
import { grpcFindings } from './grpc-check.ts';
import { isMapping } from './plain-value.ts';
import { refusedVariables } from './refused-variables.ts';
import { zeromqFindings } from './zeromq-check.ts';
import { threadFindings, unconfinedThread } from './thread-check.ts';
import { malformedReferences, misplacedReferences } from './secret-references.ts';

/** Rules about more than one field. They take values that may be invalid, so that all mistakes are reported at once. */
export function crossCheck(registry: unknown, text: DocumentText): Finding[] {
  const plugins: unknown = isMapping(registry) ? registry['plugins'] : undefined;
  if (!isMapping(registry) || !Array.isArray(plugins)) return [];
  const defaults = isMapping(registry['defaults']) ? registry['defaults'] : {};
  const ids = new Map<string, number>();
  const findings: Finding[] = references(defaults, ['defaults']).slice(0, MOST_MISTAKES);
  for (const [index, entry] of plugins.entries()) {
    if (findings.length >= MOST_MISTAKES) break;
    if (!isMapping(entry)) continue;
    const plugin = withDefaults(entry, defaults);
    findings.push(
      ...duplicateId(entry['id'], index, ids, text),
      ...withoutEffect(plugin, index).filter(({ path }) => stands(registry, path)),
      ...unfitRequirements(entry, index).slice(0, MOST_MISTAKES),
      ...[...unconfinedThread(plugin, index), ...refusedVariables(plugin, ['plugins', index])]
        .slice(0, MOST_MISTAKES)
        .map((finding) => placed(finding, registry)),
      ...references(entry, ['plugins', index]).slice(0, MOST_MISTAKES),
    );
  }
  return eachOnce(findings);
}

/** A default need not have an effect on every plugin; what an entry says itself has to. */
function withoutEffect(plugin: Readonly<Record<string, unknown>>, index: number): Finding[] {
  return [
    ...dockerOnly(plugin, index),
    ...processOnly(plugin, index),
    ...nameSpacesOnly(plugin, index),
    ...forksOnly(plugin, index),
    ...builtInContainer(plugin, index),
    ...socketOnly(plugin, index),
    ...sandboxedOnly(plugin, index),
    ...commandOnly(plugin, index),
    ...grpcFindings(plugin, index),
    ...zeromqFindings(plugin, index),
    ...threadFindings(plugin, index),
  ];
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
  if (plugin['isolation'] === 'docker') return [];
  return ['image', 'image_command']
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

/** What only name spaces can keep a process to. */
function nameSpacesOnly(plugin: Readonly<Record<string, unknown>>, index: number): Finding[] {
  const { isolation, permissions, sandbox } = plugin;
  if (!isMapping(permissions) || !Array.isArray(permissions['network'])) return [];
  const obstacle =
    isolation === 'docker'
      ? 'has an effect only with isolation: process'
      : sandbox === 'floor'
        ? 'takes name spaces, and sandbox: floor makes none'
        : undefined;
  if (obstacle === undefined) return [];
  const path = ['plugins', index, 'permissions', 'network'];
  return [{ path, at: 'key', message: `permissions.network: ${obstacle}` }];
}

/** Only a sandboxed process has a scratch folder. */
function sandboxedOnly(plugin: Readonly<Record<string, unknown>>, index: number): Finding[] {
  const { isolation, permissions, command, resources } = plugin;
  const hasFolder = isolation === 'docker' || permissions !== undefined || command !== undefined;
  if (hasFolder || !isMapping(resources) || resources['disk'] === undefined) return [];
  return [
    {
      path: ['plugins', index, 'resources', 'disk'],
      at: 'key',
      message: 'resources.disk: has an effect only with `permissions`: other plugins have no scratch folder',
    },
  ];
}

/** What a fork or a container talks over. */
function socketOnly(plugin: Readonly<Record<string, unknown>>, index: number): Finding[] {
  const { isolation, transport, start, command } = plugin;
  const path = ['plugins', index, 'transport'];
  if (isolation === 'docker' && transport !== undefined)
    return [{ path, at: 'key', message: 'transport: has no effect with isolation: docker' }];
  if (command !== undefined && transport === 'socket')
    return [
      {
        path,
        at: 'value',
        message: 'transport: a `command` is given no sockets; leave this out, or write stdio, grpc or go-plugin',
      },
    ];
  if (start === 'fork' && transport !== undefined && transport !== 'socket')
    return [{ path, at: 'value', message: 'transport: with start: fork it has to be socket' }];
  return [];
}

/** Silence would let people believe that Bulkhead does for a command what it does for its own processes. */
const NOT_OF_A_COMMAND = ['start'];
const LIMITS_NOT_OF_A_COMMAND = ['files', 'disk'];

function commandOnly(plugin: Readonly<Record<string, unknown>>, index: number): Finding[] {
  if (plugin['command'] === undefined) return [];
  if (plugin['isolation'] === 'docker')
    return [
      { path: ['plugins', index, 'command'], at: 'key', message: 'command: has no effect with isolation: docker' },
    ];
  const { resources } = plugin;
  const limits = isMapping(resources) ? LIMITS_NOT_OF_A_COMMAND.filter((limit) => resources[limit] !== undefined) : [];
  return [
    ...[...BUILT, ...NOT_OF_A_COMMAND].filter((field) => plugin[field] !== undefined).map((field) => [field]),
    ...limits.map((limit) => ['resources', limit]),
  ].map((path) => ({
    path: ['plugins', index, ...path],
    at: 'key',
    message: `${path.join('.')}: has no effect on a plugin that \`command\` starts`,
  }));
}

function forksOnly(plugin: Readonly<Record<string, unknown>>, index: number): Finding[] {
  const { start, instances, image_command: byImage } = plugin;
  const findings: Finding[] = [];
  if (isMapping(instances) && instances['spare'] && (start === 'spawn' || byImage === true))
    findings.push({
      path: ['plugins', index, 'instances', 'spare'],
      at: 'key',
      message: `instances.spare: spares are forked, and ${byImage === true ? 'image_command' : 'start: spawn'} forbids that`,
    });
  if (byImage === true && start === 'fork')
    findings.push({
      path: ['plugins', index, 'start'],
      at: 'value',
      message:
        'start: fork needs a template, which only Bulkhead can start; image_command leaves the start to the image',
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

function references(entry: Readonly<Record<string, unknown>>, path: FieldPath): Finding[] {
  return Object.entries(entry).flatMap(([field, value]) => {
    const replaced = field === 'config' || field === 'env';
    if (field === 'curve' && isMapping(value)) return []; // its schema says where a reference has to stand
    return replaced ? malformedReferences(value, [...path, field]) : misplacedReferences(value, [...path, field]);
  });
}

import { parseDuration } from '../lifecycle/duration.ts';
import { parseSize } from '../lifecycle/size.ts';
import { readPluginRequirement } from '../requirements/plugin-requirement.ts';
import { isProblem } from '../requirements/problem.ts';
import type { Advice } from './explain-problems.ts';
import { type AnyField } from './fields/field.ts';
import { pluginFields } from './fields/groups.ts';
import type { FieldPath } from './finding.ts';
import { isMapping } from './plain-value.ts';
import { idFromFolder } from './id-from-folder.ts';

/** What people write who know other tools, and which field does it, or that none does. */
const PACKAGES = 'packages are listed in `dependencies`, or in the requirements.txt or pyproject.toml of the plugin';
const INDEXES =
  "no field does that; other package indexes are named by [[tool.uv.index]] in the plugin's pyproject.toml, or for the whole machine by UV_INDEX or pip's configuration";
const MEMORY =
  '`recycle: { memory: 512MiB }` replaces an instance that holds more; a limit that holds at every moment is `resources: { memory: 2GB }`';
const FOLDER = 'the folder of the plugin is `path`';
const LANGUAGE =
  'there is no field for it: a plugin is one of Node where its package.json has "bulkhead", or where `environment: node` stands here';
const NODE = 'which Node the plugin runs on is said by `engines` in its package.json';
const PYTHON = 'a Python is chosen by its version: `python_version: "3.11"`';
const FILE = 'the file to run is said by the plugin itself: `entry_point` under [tool.bulkhead] of its pyproject.toml';
const INSTANCES = 'how many processes there are is `instances`, such as `instances: { min: 1, max: 4 }`';
const CALLS_AT_ONCE = '`concurrency` lets one instance run several calls at once, `instances` has several of them';
const RESTARTS = 'there is no field for it: an instance that ends is started again, later each time that it ends soon';
const PERMISSION =
  'what a plugin may do stands in `permissions`, such as `permissions: { network: true, read: [./data] }`';
const LIMITS_OF_USE =
  'how much a plugin may use stands in `resources`, such as `resources: { memory: 512MiB, files: 256 }`';
const ENABLED = '`enabled: false` leaves the plugin out; `bulkhead disable` writes it';

const MEANT: Readonly<Record<string, string>> = {
  requirements: PACKAGES,
  packages: PACKAGES,
  requires: PACKAGES,
  install_requires: PACKAGES,
  pip: PACKAGES,
  index: INDEXES,
  index_url: INDEXES,
  extra_index_url: INDEXES,
  find_links: INDEXES,
  timeout: '`timeouts: { call: 30s }` limits how long a call may take',
  memory: MEMORY,
  memory_limit: MEMORY,
  max_memory: MEMORY,
  mem_limit: MEMORY,
  cpu: 'how many processors it may use is `resources: { cpu: 2 }`',
  cpus: 'how many processors it may use is `resources: { cpu: 2 }`',
  gpu: 'no field hands out a GPU: name its units under `resources` at the top of the file, and let plugins lock it with context.lock',
  name: 'what calls name the plugin by is `id`',
  folder: FOLDER,
  directory: FOLDER,
  dir: FOLDER,
  source: FOLDER,
  src: FOLDER,
  module: FILE,
  main: FILE,
  script: FILE,
  file: FILE,
  entry_point: FILE,
  entrypoint: FILE,
  python: PYTHON,
  interpreter: PYTHON,
  python_path: PYTHON,
  requires_python: PYTHON,
  environ: 'environment variables stand in `env`',
  env_vars: 'environment variables stand in `env`',
  variables: 'environment variables stand in `env`',
  environment_variables: 'environment variables stand in `env`',
  settings: 'what the plugin is to know at its start is `config`',
  options: 'what the plugin is to know at its start is `config`',
  params: 'what the plugin is to know at its start is `config`',
  args: 'what the plugin is to know at its start is `config`',
  workers: INSTANCES,
  processes: INSTANCES,
  replicas: INSTANCES,
  min_instances: INSTANCES,
  max_instances: INSTANCES,
  threads: CALLS_AT_ONCE,
  max_concurrency: CALLS_AT_ONCE,
  parallel: CALLS_AT_ONCE,
  restart: RESTARTS,
  retries:
    'there is no field for it: a call is made once, and the error says in `retryable` whether it may be tried again',
  disabled: ENABLED,
  active: ENABLED,
  enable: ENABLED,
  version: 'there is no field for it: the version stands in the pyproject.toml or package.json of the plugin',
  description: 'there is no field for it: a comment does',
  type: LANGUAGE,
  language: LANGUAGE,
  runtime: LANGUAGE,
  node: NODE,
  node_version: NODE,
  engines: NODE,
  cmd: FILE,
  network: PERMISSION,
  read: PERMISSION,
  write: PERMISSION,
  capabilities: PERMISSION,
  limit: LIMITS_OF_USE,
  ulimit: LIMITS_OF_USE,
  pids: LIMITS_OF_USE,
  files: LIMITS_OF_USE,
  disk: LIMITS_OF_USE,
  disk_limit: LIMITS_OF_USE,
  priority: 'the priority of a hook stands beside it in the plugin: `@hook("event", priority=80)`',
};

/** What people mean in an entry of the registry. */
export const registryAdvice: Advice = {
  onField: (path, name) => {
    if (path.length === 0) return name === 'plugin' ? 'did you mean "plugins"?' : undefined;
    if (path.length === 1 && path[0] === 'defaults')
      return Object.hasOwn(pluginFields, folded(name))
        ? `"${folded(name)}" says something of one plugin: write it into its entry`
        : MEANT[folded(name)];
    return path.length === 2 && path[0] === 'plugins' ? MEANT[folded(name)] : undefined;
  },
  onValue: (path, found) => {
    if (path.length === 0) return found === null ? 'write "plugins: []"' : ofPlugins(found);
    if (path.length === 1) return path[0] === 'plugins' ? ofPlugins(found) : undefined;
    if (found === null) return 'leave the key out, or give it a value';
    if (path[0] === 'defaults') return ofField(path.slice(1), found);
    return path.length === 2 ? undefined : ofField(path.slice(2), found);
  },
};

/** The same in [tool.bulkhead] of a plugin's pyproject.toml. */
export const manifestAdvice: Advice = {
  onField: (path, name) => {
    const field = (pluginFields as Readonly<Record<string, AnyField>>)[folded(name)];
    if (path.length > 0) return undefined;
    if (folded(name) === 'dependencies') return 'packages are listed in `dependencies` under [project]';
    return field === undefined ? undefined : `"${folded(name)}" is for the registry to say, not for the plugin`;
  },
  onValue: (path, found) => ofField(path, found),
};

/** The same under `"bulkhead"` in a plugin's package.json. */
export const packageAdvice: Advice = {
  ...manifestAdvice,
  onField: (path, name) =>
    path.length === 0 && PACKAGE_FIELDS.has(folded(name))
      ? `"${name}" stands beside "bulkhead", not in it`
      : manifestAdvice.onField(path, name),
};
const PACKAGE_FIELDS = new Set(['dependencies', 'engines', 'version', 'main', 'exports', 'name', 'type']);

function folded(name: string): string {
  return name.toLowerCase().replaceAll('-', '_');
}

function ofPlugins(found: unknown): string | undefined {
  if (Array.isArray(found)) return 'write "plugins:" before the list';
  return isMapping(found) ? 'write each as "- id: NAME" with its other fields below' : undefined;
}

function ofField([name, ...below]: FieldPath, found: unknown): string | undefined {
  switch (name) {
    case 'id':
      return typeof found === 'string' && found.trim() !== ''
        ? `write "${idFromFolder(found)}", for example`
        : undefined;
    case 'dependencies':
      return below.length > 0 ? ofRequirement(found) : ofList(found);
    case 'hooks':
    case 'may_call':
      return below.length > 0 ? undefined : ofList(found);
    case 'env':
      return below.length === 0 && Array.isArray(found) ? 'write NAME: "value", one on each line' : undefined;
    case 'permissions':
      if (['read', 'write', 'env'].includes(String(below[0]))) return below.length > 1 ? undefined : ofList(found);
      if (below.length === 1 && below[0] === 'network') return ofBoolean(found) ?? ofList(found);
      return below[0] === 'processes' ? ofBoolean(found) : undefined;
    case 'trial_import':
    case 'enabled':
      return ofBoolean(found);
    case 'python_version':
      return ofPython(found);
    case 'instances':
      return typeof found === 'string' && /^\d+$/.test(found) ? `write it without quotes: ${found}` : undefined;
    case 'timeouts':
    case 'idle_unload':
      return ofDuration(found);
    case 'limits':
    case 'recycle':
    case 'resources':
      return ['frame', 'body', 'memory', 'disk'].includes(String(below[0])) ? ofSize(found) : undefined;
    default:
      return undefined;
  }
}

function ofRequirement(found: unknown): string | undefined {
  if (typeof found !== 'string') return undefined;
  const read = readPluginRequirement(found);
  return isProblem(read) ? read.problem : undefined;
}

function ofList(found: unknown): string | undefined {
  if (typeof found === 'string' && found.length < LONGEST_SHOWN) return `write ["${found}"]`;
  if (!isMapping(found)) return undefined;
  const items = Object.entries(found).flatMap(([key, value]) =>
    typeof value === 'string' ? [`"${key}${value === '*' ? '' : value}"`] : [],
  );
  const list = `[${items.join(', ')}]`;
  return items.length > 0 && list.length < LONGEST_SHOWN ? `write ${list}` : undefined;
}

/** A longer example would drown the message. */
const LONGEST_SHOWN = 60;

function ofBoolean(found: unknown): string | undefined {
  const word = typeof found === 'string' ? found.toLowerCase() : '';
  if (['yes', 'on', 'y', 'true', '1'].includes(word)) return 'write true, without quotes';
  return ['no', 'off', 'n', 'false', '0'].includes(word) ? 'write false, without quotes' : undefined;
}

function ofPython(found: unknown): string | undefined {
  if (typeof found !== 'string') return undefined;
  if (/^\s*[<>=!~^]/.test(found))
    return 'a range of Pythons is said by `requires-python` in the pyproject.toml of the plugin';
  const [, version] = /(3\.\d{1,2}(?:\.\d+)?)/.exec(found) ?? [];
  return version === undefined ? undefined : `write "${version}"`;
}

const UNITS_OF_TIME: readonly (readonly [RegExp, string])[] = [
  [/^(?:ms|millis|milliseconds?|msecs?)$/i, 'ms'],
  [/^(?:s|secs?|seconds?)$/i, 's'],
  [/^(?:m|mins?|minutes?)$/i, 'm'],
  [/^(?:h|hrs?|hours?)$/i, 'h'],
];

function ofDuration(found: unknown): string | undefined {
  if (typeof found !== 'string') return undefined;
  if (/^(?:never|none|no|off|unlimited|infinite|inf)$/i.test(found))
    return 'for no limit leave the key out where that is its default; the longest is 596h';
  const [, minutes, seconds] = /^(\d{1,4}):([0-5]\d)$/.exec(found) ?? [];
  if (minutes !== undefined) return `write ${Number(minutes) * 60 + Number(seconds)}s`;
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(found) ?? [];
  const known = UNITS_OF_TIME.find(([pattern]) => pattern.test(unit))?.[1];
  const written = `${number}${known}`;
  return known === undefined || written === found || parseDuration(written) === undefined
    ? undefined
    : `write ${written}`;
}

function ofSize(found: unknown): string | undefined {
  if (typeof found !== 'string' || parseSize(found) !== undefined) return undefined;
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmgt])(?:i?b)?$/i.exec(found) ?? [];
  const prefix = unit.toUpperCase();
  const written = `${number}${prefix}B`;
  if (number === undefined || parseSize(written) === undefined) return undefined;
  return `write ${written} (powers of 1000) or ${number}${prefix === 'K' ? 'K' : prefix}iB (of 1024)`;
}

import { z } from 'zod';
import { DEFAULTS } from './defaults.ts';
import {
  cache,
  concurrency,
  configuration,
  hooks,
  idleUnload,
  instances,
  mapping,
  pluginId,
  pythonVersion,
  queue,
  recycle,
  size,
  text,
  timeouts,
  type Written,
  type WrittenCache,
  type WrittenInstances,
  type WrittenTimeouts,
} from './field-schemas.ts';
import type { EnvironmentKind, Isolation, ReloadKind, StartKind } from './plugin-spec.ts';
import { REQUIREMENT_PATTERN } from '../requirements/requirement-pattern.ts';

/** One plugin in the registry file, valid, as it was written. */
export interface RegistryEntry {
  readonly id: string;
  readonly path: string;
  readonly isolation?: Isolation | undefined;
  readonly environment?: EnvironmentKind | undefined;
  readonly python_version?: string | undefined;
  readonly dependencies?: readonly string[] | undefined;
  readonly as_of?: string | undefined;
  readonly share?: string | undefined;
  readonly trial_import?: boolean | undefined;
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly start?: StartKind | undefined;
  readonly reload?: ReloadKind | undefined;
  readonly may_call?: readonly string[] | undefined;
  readonly hooks?: readonly string[] | undefined;
  readonly instances?: WrittenInstances | undefined;
  readonly concurrency?: number | undefined;
  readonly queue?: { readonly max?: number | undefined } | undefined;
  readonly timeouts?: WrittenTimeouts | undefined;
  readonly idle_unload?: Written | undefined;
  readonly recycle?: { readonly calls?: number | undefined; readonly memory?: Written | undefined } | undefined;
  readonly cache?: WrittenCache | undefined;
  readonly limits?: { readonly frame?: Written | undefined; readonly body?: Written | undefined } | undefined;
  readonly image?: string | undefined;
  readonly resources?: { readonly memory?: Written | undefined; readonly cpu?: number | undefined } | undefined;
}

export interface RegistryFile {
  readonly plugins: readonly RegistryEntry[] | null;
  readonly resources?: Readonly<Record<string, number>> | undefined;
}

const KIB = 1024;
const GIB = KIB ** 3;

const A_REQUIREMENT = 'a requirement such as "numpy>=1.24" (PEP 508)';
const A_DAY = 'a day such as 2023-06-01, or an instant such as 2023-06-01T12:00:00Z';
const DAY_PATTERN =
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2}))?$/;

function isolation(issue: { readonly input?: unknown }): string {
  return issue.input === 'thread'
    ? 'process or docker ("thread" is not offered by this version of Bulkhead)'
    : 'process or docker';
}

const environmentVariables = z.record(
  text('the name of an environment variable: letters, digits and "_"', /^[A-Za-z_][A-Za-z0-9_]*$/),
  text('text', /^[^\0]*$/),
  { error: 'a mapping of names to text' },
);

const limits = mapping(
  {
    frame: size(', from 1KiB to 1GiB', KIB, GIB)
      .optional()
      .meta({ description: 'The largest message, binary values over 64 KiB apart.', default: DEFAULTS.limits.frame }),
    body: size(', from 1KiB to 4GiB', KIB, 4 * GIB)
      .optional()
      .meta({ description: 'The largest single binary value or array.', default: DEFAULTS.limits.body }),
  },
  'a mapping such as { body: 4GiB }',
);

const resources = mapping(
  {
    memory: size(', at least 1MiB', KIB ** 2, Number.MAX_SAFE_INTEGER)
      .optional()
      .meta({ description: 'The most memory, such as 512MiB. MB and GB are powers of 1000, MiB and GiB of 1024.' }),
    cpu: z
      .number({ error: 'a number of processors such as 2 or 0.5' })
      .positive({ error: 'a number of processors over 0' })
      .optional()
      .meta({ description: 'How many processors, such as 2 or 0.5.' }),
  },
  'a mapping such as { memory: 2GB, cpu: 2 }',
);

const plugin: z.ZodType<RegistryEntry> = mapping(
  {
    id: pluginId.meta({ description: 'What calls name the plugin by; each once.' }),
    path: text('the path of a folder', /^[^\0]+$/).meta({
      description: "The plugin's folder, relative to this file; ~ is the home folder.",
    }),
    isolation: z.enum(['process', 'docker'], { error: isolation }).optional().meta({
      description: 'How an instance is kept apart. docker is not run by this version.',
      default: DEFAULTS.isolation,
    }),
    environment: z.enum(['uv', 'venv'], { error: 'uv or venv' }).optional().meta({
      description: "What installs the dependencies: uv, or Python's own venv with pip.",
      default: DEFAULTS.environment,
    }),
    python_version: pythonVersion
      .optional()
      .meta({ description: 'In quotes, such as "3.11": without them YAML reads 3.10 as 3.1.' }),
    dependencies: z
      .array(text(A_REQUIREMENT, REQUIREMENT_PATTERN), { error: `a list of requirements such as ["numpy>=1.24"]` })
      .optional()
      .meta({ description: "Requirements (PEP 508) added to those of the plugin's pyproject.toml." }),
    as_of: text(A_DAY, DAY_PATTERN)
      .refine(isRealDay, { error: A_DAY })
      .optional()
      .meta({ description: 'Packages are resolved as they were on this day.' }),
    share: text(
      'a name of lower-case letters, digits, "_" and "-" that begins with a letter, at most 64 long',
      /^[a-z][a-z0-9_-]{0,63}$/,
    )
      .optional()
      .meta({ description: 'Plugins with the same name here share one environment, made for all that they ask for.' }),
    trial_import: z
      .boolean({ error: 'true or false' })
      .optional()
      .meta({ description: 'Whether a build ends by importing what was installed.', default: DEFAULTS.trialImport }),
    config: configuration.optional().meta({
      description: "Given to the plugin's initialize. ${env:NAME} in text is replaced by that environment variable.",
    }),
    env: environmentVariables
      .optional()
      .meta({ description: "Environment variables of the plugin. ${env:NAME} is replaced by the host's." }),
    start: z.enum(['auto', 'spawn', 'fork'], { error: 'auto, spawn or fork' }).optional().meta({
      description: 'spawn: each instance imports the plugin. fork: a template imports it once, and is forked.',
      default: DEFAULTS.start,
    }),
    reload: z.enum(['side_by_side', 'stop_first'], { error: 'side_by_side or stop_first' }).optional().meta({
      description: 'stop_first: a reload starts the new instances only when the old ones have gone.',
      default: DEFAULTS.reload,
    }),
    may_call: z
      .array(pluginId, { error: "a list of plugins' ids such as [text_tools]" })
      .optional()
      .meta({ description: 'Ids of the plugins that it may call, with context.call.' }),
    hooks: hooks.optional().meta({
      description: 'Names of the events that its hooks take part in, such as [pre_process].',
    }),
    instances: instances.optional().meta({ description: 'How many instances are kept; a number is both min and max.' }),
    concurrency: concurrency.optional().meta({
      description: 'Calls that one instance runs at the same time; only where the plugin is written for it.',
      default: DEFAULTS.concurrency,
    }),
    queue: queue.optional().meta({ description: 'How many calls may wait.' }),
    timeouts: timeouts.optional().meta({ description: 'Durations: 500ms, 30s, 5m, 1h, or a number of seconds.' }),
    idle_unload: idleUnload
      .optional()
      .meta({ description: 'An instance above instances.min that had no call for so long, such as 10m, is stopped.' }),
    recycle: recycle.optional().meta({ description: 'When an instance is replaced by a fresh one.' }),
    cache: cache.optional().meta({
      description: 'How answers of its pure actions are kept, by action, in place of what they say; false: none is.',
    }),
    limits: limits
      .optional()
      .meta({ description: 'Sizes: 64MB (powers of 1000), 64MiB (of 1024), or a number of bytes.' }),
    image: text('the name of an image such as name:tag', /^[^\s]+$/)
      .optional()
      .meta({ description: 'With isolation: docker only: the image to run.' }),
    resources: resources.optional().meta({ description: 'With isolation: docker only: what an instance may use.' }),
  },
  'a plugin: a mapping with id and path',
);

const A_CAPACITY = 'a whole number of units, from 1 on';

/** Of the host, not of one plugin: what `resources` of a plugin means is another thing. */
const capacities = z.record(
  text('the name of a resource: 1 to 200 characters, without line breaks', /^[^\p{Cc}]{1,200}$/u),
  z.int({ error: A_CAPACITY }).min(1, { error: A_CAPACITY }),
  { error: 'a mapping of names to capacities such as { gpu: 2 }' },
);

/** Validates a registry file that has been turned into plain values; also what `registryJsonSchema` is made from. */
export const registrySchema: z.ZodType<RegistryFile> = mapping(
  {
    plugins: z
      .array(plugin, { error: 'a list of plugins, each beginning with "- "' })
      .nullable()
      .meta({ description: 'The plugins. An empty list, [], is allowed.' }),
    resources: capacities.optional().meta({
      description: 'How many units there are of what plugins lock with context.lock, by name, such as { gpu: 2 }.',
    }),
  },
  'a mapping with the key "plugins"',
).meta({
  title: 'Bulkhead plugin registry',
  description: 'plugins.yaml: which plugins there are, and how each is run.',
  // A home for anchors; read-registry.ts leaves these keys out.
  patternProperties: { '^x-': { description: 'Not read; a place for anchors.' } },
});

/** The JSON Schema (draft 2020-12) that editors check plugins.yaml against. */
function registryJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(registrySchema, { target: 'draft-2020-12', io: 'input' }) };
}

/** What `registry.schema.json` holds. */
export function registryJsonSchemaText(): string {
  return `${JSON.stringify(registryJsonSchema(), undefined, 2)}\n`;
}

function isRealDay(written: string): boolean {
  const day = written.slice(0, 10);
  const parsed = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(day) && !Number.isNaN(Date.parse(written));
}

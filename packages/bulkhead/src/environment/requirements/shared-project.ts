import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import type { RequirementList } from '../../conflicts/requirement-list.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { pythonsIn } from '../../requirements/python-version.ts';
import { type DeclaredProject, readDeclaredProject } from './declared-project.ts';
import type { PackageHashes } from '../dependency-files/read-requirements-files.ts';
import type { SharedLooks } from '../shared-looks.ts';
import { refuseOtherLanguages } from './one-language.ts';
import { pluginRequirements } from './plugin-requirements.ts';

import { type PackageRequirement, packageRequirement } from './sources-from-elsewhere.ts';
import { tableAt, type TomlTable, textsAt } from './toml-table.ts';

/** What an environment is made from. */
export interface ProjectToBuild {
  readonly spec: PluginSpec;
  readonly declared: DeclaredProject;
}

/**
 * A plugin's own files; or, for one that shares, what all members of its group ask for, as if one plugin did. Each of them
 * gets the same answer, and so the same environment.
 *
 * @throws BulkheadError `SHARING_IMPOSSIBLE`, and those of reading a plugin's files
 */
export async function projectToBuild(spec: PluginSpec, looks: SharedLooks): Promise<ProjectToBuild> {
  const { environment } = spec;
  if (environment.share === undefined || environment.share.members.length < 2)
    return { spec, declared: await readDeclaredProject(spec, looks) };
  const { name: share, members } = environment.share;
  refuseOtherLanguages(spec, environment.share);
  const [lists, declared] = await looks.find(members, async () => await readMembers(members, looks));
  const refuse = (reason: string): BulkheadError =>
    new BulkheadError('SHARING_IMPOSSIBLE', { plugin: spec.id, share, reason, cure: cureOf(spec) });
  const [first] = lists;
  const other = lists.find(
    ({ settings, builder }) => builder !== first?.builder || !isDeepStrictEqual(settings, first?.settings),
  );
  if (other !== undefined)
    throw refuse(`${first?.id} and ${other.id} have different builders, or set different things in [tool.uv]`);
  const pythons = lists.flatMap(({ id, pythonVersion, requiresPython }) =>
    [pythonVersion === undefined ? undefined : exactly(pythonVersion), requiresPython].flatMap((wanted) =>
      wanted === undefined || wanted === '' ? [] : [{ id, wanted }],
    ),
  );
  const requiresPython = pythons.map(({ wanted }) => wanted).join(',');
  if (pythonsIn(requiresPython)?.isEmpty === true)
    throw refuse(`no Python is right for all: ${pythons.map(({ id, wanted }) => `${id} needs ${wanted}`).join(', ')}`);
  const texts = lists.flatMap(({ dependencies }) =>
    dependencies.map((each) => (typeof each === 'string' ? each : each.text)),
  );
  const packages = members.flatMap((member, index) => {
    const project = declared[index];
    if (project?.own?.isPackage !== true) return [];
    const found = packageRequirement(member, project);
    if (found === undefined) throw refuse(`${member.id} has a build system, and no name in [project]`);
    return [found];
  });
  const settings = withPackages(first?.settings ?? {}, environment.kind === 'uv' ? packages : []);
  const own = packages.map(({ text, source }) =>
    environment.kind === 'uv' ? text : `${text} @ ${pathToFileURL(String(source['path'])).href}`,
  );
  return {
    spec: {
      ...spec,
      environment: {
        ...environment,
        python: undefined,
        dependencies: [],
        asOf: lists.flatMap(({ asOf }) => asOf ?? []).toSorted()[0],
      },
    },
    declared: {
      origin: 'nothing',
      dependencies: [...new Set([...texts, ...own])],
      places: new Map(),
      constraints: textsAt(settings, 'constraint-dependencies'),
      unnamed: declared.flatMap(({ unnamed }) => unnamed),
      hashes: hashesOf(declared),
      requiresPython: requiresPython === '' ? undefined : requiresPython,
      settings,
      own: undefined,
      lock: undefined,
    },
  };
}

async function readMembers(
  members: readonly PluginSpec[],
  looks: SharedLooks,
): Promise<[readonly RequirementList[], readonly DeclaredProject[]]> {
  return await Promise.all([
    Promise.all(members.map((member) => pluginRequirements(member, looks))),
    Promise.all(members.map((member) => readDeclaredProject(member, looks))),
  ]);
}

/** uv learns by its sources where a package lies. */
function withPackages(settings: TomlTable, packages: readonly PackageRequirement[]): TomlTable {
  if (packages.length === 0) return settings;
  const added = Object.fromEntries(packages.map(({ name, source }) => [name, source]));
  return { ...settings, sources: { ...tableAt(settings, 'sources'), ...added } };
}

/** Where one member has hashes, nothing comes into the group without one. */
function hashesOf(declared: readonly DeclaredProject[]): PackageHashes | undefined {
  const all = declared.map(({ hashes }) => hashes).filter((hashes) => hashes !== undefined);
  if (all.length === 0) return undefined;
  const names = new Set(all.flatMap((hashes) => Object.keys(hashes)));
  return Object.fromEntries([...names].map((name) => [name, all.flatMap((hashes) => hashes[name] ?? [])]));
}

/** `3.11` is any 3.11. */
function exactly(version: string): string {
  return `==${version}${version.split('.').length < 3 ? '.*' : ''}`;
}

/** What can't be met by one plugin can't be met by the group that it is in. */
export function explainShared(error: unknown, spec: PluginSpec): unknown {
  const { share } = spec.environment;
  if (!(error instanceof BulkheadError) || share === undefined || share.members.length < 2) return error;
  if (error.code !== 'DEPENDENCIES_CONFLICT') return error;
  const { reason } = error.details as { readonly reason: string };
  return new BulkheadError(
    'SHARING_IMPOSSIBLE',
    { plugin: spec.id, share: share.name, reason: reason.replaceAll('the plugin', 'the group'), cure: cureOf(spec) },
    { cause: error.cause },
  );
}

/** A plugin in a thread shares without having been told to. */
function cureOf({ launch }: PluginSpec): string | undefined {
  return launch.isolation === 'thread'
    ? 'Write `isolation: process` into the entry of one of them, or loosen its requirements.'
    : undefined;
}

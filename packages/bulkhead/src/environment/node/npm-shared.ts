import { isDeepStrictEqual } from 'node:util';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { npmRangesMeet } from '../../requirements/npm-range.ts';
import type { BuildContext } from '../build/build-environment.ts';
import { refuseOtherLanguages } from '../requirements/one-language.ts';
import { joinLists } from './joined-lists.ts';
import { type NpmConfig, npmConfig } from './npm-config.ts';
import { type NpmProject, readNpmProject } from './npm-project.ts';

/** What an environment of Node is made from. */
export interface NpmProjectToBuild {
  readonly spec: PluginSpec;
  readonly project: NpmProject;
  readonly config: NpmConfig;
  /** Ranges of Node, in all of which it has to be. */
  readonly engines: readonly string[];
  /** Ranges of Node that authors prefer. */
  readonly preferred: readonly string[];
  /** The files that are run in it. */
  readonly entryPoints: readonly string[];
}

/**
 * A plugin's own project; or, of one that shares, what all members of its group ask for, as if one plugin did. Each of them gets
 * the same answer, and so the same environment. No member's lock file decides for the others.
 *
 * @throws BulkheadError `SHARING_IMPOSSIBLE`, and those of reading a plugin's files
 */
export async function npmProjectToBuild(
  spec: PluginSpec,
  { variables, looks }: Pick<BuildContext, 'variables' | 'looks'>,
): Promise<NpmProjectToBuild> {
  const { share } = spec.environment;
  if (share === undefined || share.members.length < 2) {
    const [project, config] = await Promise.all([readNpmProject(spec), npmConfig(spec, variables)]);
    const { file } = spec.launch.entryPoint;
    return {
      spec,
      project,
      config,
      engines: enginesOf(project),
      preferred: preferredBy([project]),
      entryPoints: file === undefined ? [] : [file],
    };
  }
  const { name, members } = share;
  refuseOtherLanguages(spec, share);
  const refuse = (reason: string): BulkheadError =>
    new BulkheadError('SHARING_IMPOSSIBLE', { plugin: spec.id, share: name, reason });
  const asked = await looks.find(members, async () => await readMembers(members, variables));
  const [first, ...others] = asked as [Asked, ...Asked[]];
  const other = others.find(({ config }) => !isDeepStrictEqual(config, first.config));
  if (other !== undefined) throw refuse(`${first.id} and ${other.id} say different things in their .npmrc`);
  const asOf = members.flatMap(({ environment }) => environment.asOf ?? []).toSorted()[0];
  return {
    spec: { ...spec, environment: { ...spec.environment, asOf } },
    project: joinedProject(asked, refuse),
    config: first.config,
    engines: joinedEngines(asked, refuse),
    preferred: preferredBy(asked.map(({ project }) => project)),
    entryPoints: members.flatMap(({ launch }) => launch.entryPoint.file ?? []),
  };
}

/** A member of a group. */
interface Asked {
  readonly id: string;
  readonly project: NpmProject;
  readonly config: NpmConfig;
}

async function readMembers(members: readonly PluginSpec[], variables: NodeJS.ProcessEnv): Promise<readonly Asked[]> {
  return await Promise.all(
    members.map(async (member): Promise<Asked> => {
      const [project, config] = await Promise.all([readNpmProject(member, false), npmConfig(member, variables)]);
      return { id: member.id, project, config };
    }),
  );
}

type Refuse = (reason: string) => BulkheadError;

function enginesOf({ engines }: NpmProject): string[] {
  return engines === undefined ? [] : [engines];
}

function preferredBy(projects: readonly NpmProject[]): string[] {
  return [...new Set(projects.flatMap(({ preferredNode }) => preferredNode ?? []))].toSorted();
}

function joinedEngines(asked: readonly Asked[], refuse: Refuse): string[] {
  const wants = asked.flatMap(({ id, project }) => enginesOf(project).map((range) => ({ id, range })));
  const met = wants.every(({ range }) => wants.every((other) => npmRangesMeet(range, other.range) !== false));
  if (!met)
    throw refuse(`no Node is right for all: ${wants.map(({ id, range }) => `${id} needs ${range}`).join(', ')}`);
  return [...new Set(wants.map(({ range }) => range))].toSorted();
}

/** What one member can't run without, the others have as well. */
function joinedProject(asked: readonly Asked[], refuse: Refuse): NpmProject {
  const joined = joinLists(
    asked.map(({ id, project: { required, optional, fields } }) => ({
      id,
      packages: { ...optional, ...required },
      optional: Object.keys(optional),
      settings: { overrides: fields['overrides'] },
    })),
  );
  if ('reason' in joined) throw refuse(joined.reason);
  const overrides = asked.flatMap(({ id, project }) => ({ id, overrides: project.fields['overrides'] ?? {} }));
  const other = overrides.find((each) => !isDeepStrictEqual(each.overrides, overrides[0]?.overrides));
  if (other !== undefined) throw refuse(`${overrides[0]?.id} and ${other.id} have different \`overrides\``);
  const { fields, required, optional } = joined;
  return {
    fields,
    required,
    optional,
    local: [...new Set(asked.flatMap(({ project }) => project.local))],
    engines: undefined,
    preferredNode: undefined,
    lock: undefined,
  };
}

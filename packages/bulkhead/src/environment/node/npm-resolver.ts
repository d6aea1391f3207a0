import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NodeResolution, NodeResolver } from '../../conflicts/node-resolver.ts';
import type { NpmRequirementList } from '../../conflicts/requirement-list.ts';
import type { ResolvedPackage } from '../../conflicts/resolver.ts';
import { asReason } from '../../errors/as-reason.ts';
import { isBulkheadError } from '../../errors/bulkhead-error.ts';
import { DatedAnswers } from '../build/dated-answers.ts';
import { redact } from '../build/identity.ts';
import { shownOutput } from '../build/shown-output.ts';
import type { EnvironmentOptions } from '../environment-options.ts';
import { StateFolder } from '../state-folder.ts';
import { excludeNewer } from '../uv/uv-project.ts';
import { nodeForPlugin } from './choose-node.ts';
import { SharedLooks } from '../shared-looks.ts';
import { joinLists, type JoinedLists } from './joined-lists.ts';
import type { DiscoveredNode } from './node-discovery.ts';
import { type Npm, npmFor } from './npm.ts';
import { npmFingerprint } from './npm-config.ts';
import { npmConflict } from './npm-conflict.ts';
import { npmError, wordsOfNpm } from './npm-error.ts';
import { lockedPackages, nameAt } from './npm-lock.ts';
import { resolveCommand, runNpm } from './run-npm.ts';

/** A question takes seconds; one that takes longer than this hangs. */
const PATIENCE = 2 * 60_000;

export interface NpmResolverOptions extends EnvironmentOptions {
  /** Asks also what was answered before. */
  readonly refresh?: boolean;
}

/** Asks npm: it resolves a package.json with what all plugins ask for, as for the environment that they would share. Nothing is installed. */
export class NpmResolver implements NodeResolver {
  readonly #state: StateFolder;
  readonly #variables: NodeJS.ProcessEnv;
  readonly #looks = new SharedLooks();
  readonly #refresh: boolean;
  readonly #kept: DatedAnswers<NodeResolution>;
  #name: string | undefined;

  constructor({ state, variables = process.env, refresh = false }: NpmResolverOptions = {}) {
    this.#variables = variables;
    this.#refresh = refresh;
    this.#state = state ?? StateFolder.of(variables);
    this.#kept = new DatedAnswers(this.#state.resolutions);
  }

  get name(): string | undefined {
    return this.#name;
  }

  async resolve(plugins: readonly NpmRequirementList[], signal: AbortSignal): Promise<NodeResolution> {
    try {
      return await this.#answer(plugins, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!isBulkheadError(error)) throw this.#state.explain(error);
      const { details } = error;
      const reason =
        'reason' in details && typeof details.reason === 'string' ? details.reason : asReason(error.message);
      return { outcome: 'failed', reason };
    }
  }

  /** As it was answered before, or else by npm. */
  async #answer(plugins: readonly NpmRequirementList[], signal: AbortSignal): Promise<NodeResolution> {
    const joined = joinLists(plugins);
    if ('reason' in joined) return { outcome: 'unsolvable', reason: joined.reason, words: '' };
    const who = plugins.map(({ id }) => id).join(', ');
    this.#state.ensure();
    const wanted = { engines: joined.engines, preferred: [], entryPoints: [] };
    const node = await nodeForPlugin(who, wanted, {
      state: this.#state,
      variables: this.#variables,
      looks: this.#looks,
      signal,
    });
    if (joined.isEmpty) return { outcome: 'resolved', packages: [] };
    const npm = await npmFor(who, node, this.#variables);
    this.#name = `npm ${npm.version}`;
    const question = {
      lists: plugins,
      resolver: this.#name,
      node: [node.version, node.platform],
      index: await npmFingerprint([], this.#variables),
    };
    const known = this.#refresh ? undefined : await this.#kept.find(question, joined.asOf);
    if (known !== undefined) return known;
    const resolution = await this.#ask({ plugins, joined, npm, node, signal });
    if (resolution.outcome !== 'failed' && !joined.isLocal) await this.#kept.keep(question, joined.asOf, resolution);
    return resolution;
  }

  async #ask({ plugins, joined, npm, node, signal }: Asked): Promise<NodeResolution> {
    const { fields, npmrc, asOf } = joined;
    const workshop = await mkdtemp(join(this.#state.builds, 'resolve-'));
    try {
      const project = { name: 'bulkhead-environment', version: '0.0.0', private: true, ...fields };
      await writeFile(join(workshop, 'package.json'), JSON.stringify(project), { mode: 0o600 });
      await writeFile(join(workshop, '.npmrc'), `${npmrc.join('\n')}\n`, { mode: 0o600 });
      const command = resolveCommand(asOf === undefined ? undefined : excludeNewer(asOf), this.#refresh);
      const run = { npm, node, folder: workshop, command, variables: this.#variables, signal, limit: PATIENCE };
      const { exitCode, output, tookTooLong } = await runNpm(run);
      if (tookTooLong) return { outcome: 'failed', reason: `npm did not answer within ${PATIENCE / 60_000} minutes` };
      if (exitCode === 0)
        return {
          outcome: 'resolved',
          packages: resolvedIn(await readFile(join(workshop, 'package-lock.json'), 'utf8')),
        };
      return explained(output, plugins, node);
    } finally {
      await this.#state.discard(workshop);
    }
  }
}

/** One question, as npm is asked it. */
interface Asked {
  readonly plugins: readonly NpmRequirementList[];
  readonly joined: JoinedLists;
  readonly npm: Npm;
  readonly node: DiscoveredNode;
  readonly signal: AbortSignal;
}

/** @throws BulkheadError where npm could not answer */
function explained(output: string, plugins: readonly NpmRequirementList[], node: DiscoveredNode): NodeResolution {
  const plugin = plugins.map(({ id }) => id).join(', ');
  const told = `${node.version} (${node.executable})`;
  const error = npmError({ plugin, output, node: told, lock: undefined, locked: {} });
  const lines = wordsOfNpm(shownOutput(redact(output)));
  const words = lines.join('\n');
  if (isBulkheadError(error, 'DEPENDENCIES_CONFLICT'))
    return { outcome: 'unsolvable', reason: npmConflict(lines, plugins) ?? error.details.reason, words };
  if (isBulkheadError(error, 'PACKAGE_NOT_FOUND')) {
    const { packageName, reason } = error.details;
    const wants = plugins.flatMap(({ id, packages }) =>
      packages[packageName] === undefined ? [] : [`${id} needs ${packages[packageName]}`],
    );
    return {
      outcome: 'unsolvable',
      reason: `${packageName}: ${reason}${wants.length === 0 ? '' : `; ${wants.join(', ')}`}`,
      words,
    };
  }
  throw error;
}

/** Several versions of a package may be there. */
function resolvedIn(lock: string): ResolvedPackage[] {
  return Object.entries(lockedPackages(lock) ?? {}).flatMap(([place, { version, dependencies }]) =>
    place === '' || !place.includes('node_modules/') || typeof version !== 'string'
      ? []
      : [
          {
            name: nameAt(place),
            version,
            released: undefined,
            size: undefined,
            isCompiled: false,
            needs: Object.keys((dependencies ?? {}) as object),
          },
        ],
  );
}

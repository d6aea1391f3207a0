import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Resolution, ResolutionRequest, Resolver } from '../../conflicts/resolver.ts';
import { BulkheadError, isBulkheadError } from '../../errors/bulkhead-error.ts';
import { asReason } from '../../errors/as-reason.ts';
import { builderVariables } from '../build/builder-variables.ts';
import { type BuilderResult, runBuilder } from '../build/builder-process.ts';
import { configuredIndexForUv } from '../requirements/configured-index.ts';
import type { EnvironmentOptions } from '../environment-options.ts';
import { lockedPackages } from './locked-packages.ts';
import { namedAddresses } from './named-addresses.ts';
import { ProgressReporter } from '../build/progress-reporter.ts';
import { byPreference } from '../python/choose-python.ts';
import { type DiscoveredPython, discoverPythons } from '../python/python-discovery.ts';
import { uvError } from '../build/resolver-diagnosis.ts';
import { StateFolder } from '../state-folder.ts';
import { obtainUv, type UvBinary } from '../fetched/uv-binary.ts';
import { KeptResolutions } from './kept-resolutions.ts';
import { PROJECT, projectNames, writeProjects } from './resolver-projects.ts';
import { explained, unbuiltIn } from './resolver-words.ts';
import { excludeNewer } from './uv-project.ts';

/** A question for which nothing is built takes seconds; one that takes longer than this hangs. */
const PATIENCE = 5 * 60_000;
/** A build may do anything, and older versions may each need another one. */
const BUILD_PATIENCE = 2 * 60_000;

export interface UvResolverOptions extends EnvironmentOptions {
  /** Asks also what was answered before, and the index for what has changed there in the last minutes. */
  readonly refresh?: boolean;
}

/** One question, as uv is asked it. */
interface Asked {
  readonly request: ResolutionRequest;
  readonly uv: UvBinary;
  readonly python: DiscoveredPython;
  /** Variables for uv: the index to ask. */
  readonly index: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Asks uv: it locks a project that depends on one project for each plugin, so that its words name the plugins. Nothing is installed. */
export class UvResolver implements Resolver {
  readonly #state: StateFolder;
  readonly #variables: NodeJS.ProcessEnv;
  readonly #refresh: boolean;
  readonly #kept: KeptResolutions;
  #name: string | undefined;
  #discovered: Promise<readonly DiscoveredPython[]> | undefined;

  constructor({ state, variables = process.env, refresh = false }: UvResolverOptions = {}) {
    this.#variables = variables;
    this.#refresh = refresh;
    this.#state = state ?? StateFolder.of(variables);
    this.#kept = new KeptResolutions(this.#state.resolutions);
  }

  get name(): string | undefined {
    return this.#name;
  }

  async pythons(signal: AbortSignal): Promise<readonly string[]> {
    return (await this.#pythons(signal)).map(({ version }) => version);
  }

  async resolve(request: ResolutionRequest, signal: AbortSignal): Promise<Resolution> {
    try {
      return await this.#answer(request, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!isBulkheadError(error)) throw this.#state.explain(error);
      const { details } = error;
      const reason = ('reason' in details ? details.reason : undefined) ?? asReason(error.message);
      return { outcome: 'failed', python: request.python, reason };
    }
  }

  /** As it was answered before, or else by uv. */
  async #answer(request: ResolutionRequest, signal: AbortSignal): Promise<Resolution> {
    this.#state.ensure();
    const pythons = await this.#pythons(signal);
    const python = pythons.find((each) => each.version === request.python);
    if (python === undefined)
      throw new BulkheadError('INTERNAL', { reason: `there is no Python ${request.python} to resolve for` });
    const search = { state: this.#state, variables: this.#variables, signal };
    const uv = await obtainUv(search, pythons, new ProgressReporter('check', () => undefined));
    this.#name = `uv ${uv.version}`;
    const index = await configuredIndexForUv(this.#variables, request.settings);
    const question = {
      request,
      resolver: this.#name,
      python: [python.version, python.build, python.machine],
      index: index.fingerprint,
    };
    const known = this.#refresh ? undefined : await this.#kept.find(question);
    if (known !== undefined) return known;
    const resolution = await this.#ask({ request, uv, python, index: index.forUv, signal });
    await this.#kept.keep(question, resolution);
    return resolution;
  }

  async #ask(asked: Asked): Promise<Resolution> {
    const { request, python } = asked;
    const { asOf, mayBuild } = request;
    const { executable } = python;
    const workshop = await mkdtemp(join(this.#state.builds, 'resolve-'));
    const projects = projectNames(request);
    const run = async (args: readonly string[]): Promise<void> => await this.#run(asked, workshop, args);
    const builds = mayBuild ? [] : ['--no-build'];
    try {
      const named: (readonly string[])[] = [];
      for (const { unnamed } of request.plugins)
        named.push(
          await namedAddresses(unnamed, workshop, executable, async (args) => await run([...args, ...builds])),
        );
      await writeProjects(workshop, { request, named, names: projects, python });
      const where = ['--project', workshop, '--python', executable, '--no-python-downloads'];
      const dates = asOf === undefined ? [] : ['--exclude-newer', excludeNewer(asOf)];
      await run(['lock', ...where, ...dates, ...(this.#refresh ? ['--refresh'] : []), ...builds]);
      const lock = await readFile(join(workshop, 'uv.lock'), 'utf8');
      return { outcome: 'resolved', python: python.version, packages: lockedPackages(lock, python) };
    } catch (error) {
      if (error instanceof Refusal) return this.#explain(asked, projects, error.run);
      throw error;
    } finally {
      await this.#state.discard(workshop);
    }
  }

  /** @throws Refusal when uv fails */
  async #run({ uv, index, request, signal }: Asked, cwd: string, args: readonly string[]): Promise<void> {
    const run = await runBuilder({
      file: uv.path,
      args,
      cwd,
      signal,
      limit: request.mayBuild ? BUILD_PATIENCE : PATIENCE,
      variables: builderVariables(this.#variables, { ...index, UV_NO_WRAP: '1', UV_NO_PROGRESS: '1' }),
    });
    if (run.exitCode !== 0) throw new Refusal(run);
  }

  #explain({ request, uv, python }: Asked, projects: ReadonlyMap<string, string>, run: BuilderResult): Resolution {
    const { version } = python;
    const { output } = run;
    if (run.tookTooLong) {
      const minutes = (request.mayBuild ? BUILD_PATIENCE : PATIENCE) / 60_000;
      const reason = `uv did not answer within ${minutes} minutes${request.mayBuild ? ', in which it was allowed to build' : ''}`;
      return { outcome: 'failed', python: version, reason };
    }
    const unbuilt = request.mayBuild ? undefined : unbuiltIn(output);
    if (unbuilt !== undefined) {
      const packages = listed(unbuilt);
      const isOldUv = unbuilt.some((name) => projects.has(name) || name === PROJECT);
      const reason = isOldUv
        ? `uv ${uv.version} resolves nothing without building; a newer one does`
        : `there is no wheel of ${packages} for Python ${version}`;
      return { outcome: 'failed', python: version, reason, unbuilt: packages };
    }
    if (/No solution found/.test(output) && !/Network connectivity is disabled|network was disabled/.test(output))
      return { outcome: 'unsolvable', python: version, ...explained(output, projects) };
    throw uvError({ plugin: request.plugins.map(({ id }) => id).join(', '), output, python: version });
  }

  async #pythons(signal: AbortSignal): Promise<readonly DiscoveredPython[]> {
    this.#state.check();
    this.#discovered ??= discoverPythons(this.#state, this.#variables, signal).then(({ pythons }) =>
      pythons.filter(({ implementation }) => implementation === 'cpython').toSorted(byPreference),
    );
    return await this.#discovered;
  }
}

/** What uv said when it failed. */
class Refusal extends Error {
  readonly run: BuilderResult;

  constructor(run: BuilderResult) {
    super(run.output);
    this.run = run;
  }
}

function listed(packages: readonly string[]): string {
  const [first = 'a package', ...others] = packages;
  if (others.length <= 1) return [first, ...others].join(' and ');
  return `${first} and ${others.length} other packages`;
}

import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'smol-toml';
import type { Need, Resolution, ResolutionRequest, Resolver } from '../../conflicts/resolver.ts';
import { BulkheadError, isBulkheadError } from '../../errors/bulkhead-error.ts';
import { asReason } from '../../errors/as-reason.ts';
import { normaliseName } from '../../requirements/package-name.ts';
import { builderVariables } from '../build/builder-variables.ts';
import { runBuilder } from '../build/builder-process.ts';
import { configuredIndexForUv } from '../requirements/configured-index.ts';
import type { EnvironmentOptions } from '../environment-options.ts';
import { lockedPackages } from './locked-packages.ts';
import { ProgressReporter } from '../build/progress-reporter.ts';
import { byPreference } from '../python/choose-python.ts';
import { type DiscoveredPython, discoverPythons } from '../python/python-discovery.ts';
import { uvError } from '../build/resolver-diagnosis.ts';
import { StateFolder } from '../state-folder.ts';
import { obtainUv } from '../fetched/uv-binary.ts';
import { excludeNewer, platformMarker } from './uv-project.ts';

/** A resolver that needs longer hangs, or builds source distributions to ask them. */
const PATIENCE = 10 * 60_000;

/** Asks uv: it locks a project that depends on one project for each plugin, so that its words name the plugins. Nothing is installed. */
export class UvResolver implements Resolver {
  readonly #state: StateFolder;
  readonly #variables: NodeJS.ProcessEnv;
  #name: string | undefined;
  #discovered: Promise<readonly DiscoveredPython[]> | undefined;

  constructor({ state, variables = process.env }: EnvironmentOptions = {}) {
    this.#variables = variables;
    this.#state = state ?? StateFolder.of(variables);
  }

  get name(): string | undefined {
    return this.#name;
  }

  async pythons(signal: AbortSignal): Promise<readonly string[]> {
    return (await this.#pythons(signal)).map(({ version }) => version);
  }

  async resolve(request: ResolutionRequest, signal: AbortSignal): Promise<Resolution> {
    const { python } = request;
    this.#state.ensure();
    const workshop = await mkdtemp(join(this.#state.builds, 'resolve-'));
    try {
      return await this.#resolveIn(workshop, request, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!isBulkheadError(error)) throw this.#state.explain(error);
      const { details } = error;
      return {
        outcome: 'failed',
        python,
        reason: ('reason' in details ? details.reason : undefined) ?? asReason(error.message),
      };
    } finally {
      await this.#state.discard(workshop);
    }
  }

  async #resolveIn(workshop: string, request: ResolutionRequest, signal: AbortSignal): Promise<Resolution> {
    const { python: version, asOf, settings } = request;
    const pythons = await this.#pythons(signal);
    const python = pythons.find((each) => each.version === version);
    if (python === undefined)
      throw new BulkheadError('INTERNAL', { reason: `there is no Python ${version} to resolve for` });
    const search = { state: this.#state, variables: this.#variables, signal };
    const uv = await obtainUv(search, pythons, new ProgressReporter('check', () => undefined));
    this.#name = `uv ${uv.version}`;
    const projects = projectNames(request);
    await writeProjects(workshop, request, projects, python);
    const index = await configuredIndexForUv(this.#variables, settings);
    const dates = asOf === undefined ? [] : ['--exclude-newer', excludeNewer(asOf)];
    const { exitCode, output } = await runBuilder({
      file: uv.path,
      args: ['lock', '--project', workshop, '--python', python.executable, '--no-python-downloads', ...dates],
      cwd: workshop,
      signal,
      limit: PATIENCE,
      variables: builderVariables(this.#variables, { ...index.forUv, UV_NO_WRAP: '1', UV_NO_PROGRESS: '1' }),
    });
    if (exitCode === 0) {
      const lock = await readFile(join(workshop, 'uv.lock'), 'utf8');
      return { outcome: 'resolved', python: version, packages: lockedPackages(lock, python) };
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

/** From the name of its project to a plugin's id; ids may differ in what names of projects don't. */
function projectNames({ plugins }: ResolutionRequest): Map<string, string> {
  const names = new Map<string, string>();
  for (const { id } of plugins) {
    const plain = `bulkhead-plugin-${id.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`.replace(/-+$/, '');
    const name = names.has(plain) ? `${plain}-${names.size}` : plain;
    names.set(name, id);
  }
  return names;
}

async function writeProjects(
  workshop: string,
  { plugins, settings }: ResolutionRequest,
  names: ReadonlyMap<string, string>,
  python: DiscoveredPython,
): Promise<void> {
  const requiresPython = `==${python.version.split('.').slice(0, 2).join('.')}.*`;
  const { sources, ...own } = settings;
  for (const [index, name] of [...names.keys()].entries()) {
    await mkdir(join(workshop, name));
    await write(join(workshop, name), {
      project: {
        name,
        version: '0',
        'requires-python': requiresPython,
        dependencies: plugins[index]?.requirements ?? [],
      },
      tool: { uv: { package: false, ...(sources === undefined ? {} : { sources }) } },
    });
  }
  const paths = [...names.keys()].map((name) => [name, { path: name }]);
  await write(workshop, {
    project: {
      name: 'bulkhead-check',
      version: '0',
      'requires-python': requiresPython,
      dependencies: [...names.keys()],
    },
    tool: {
      uv: { ...own, package: false, environments: [platformMarker(python)], sources: Object.fromEntries(paths) },
    },
  });
}

async function write(folder: string, project: Readonly<Record<string, unknown>>): Promise<void> {
  await writeFile(join(folder, 'pyproject.toml'), stringify(project), { mode: 0o600 });
}

type Unsolvable = Extract<Resolution, { outcome: 'unsolvable' }>;

/** uv's words, without what is about the projects that stand for the plugins; and who needs what, where a line says so. */
function explained(
  output: string,
  names: ReadonlyMap<string, string>,
): Pick<Unsolvable, 'words' | 'needs' | 'missing'> {
  const lines = output
    .split('\n')
    .slice(output.split('\n').findIndex((line) => line.includes('No solution found')) + 1)
    .map((line) => line.replace(/^\s*(?:cause:|Caused by:|[╰├│─▶`>|-]+)?\s*/, ''))
    // the last one says no more than that the project which stands for all is unsatisfiable
    .filter(
      (line) =>
        line !== '' &&
        !/^(?:hint|help)\b|^And because (?:only \S+ is available and )?your project depends on /.test(line),
    );
  const text = joinLists(lines).join('\n');
  return { words: withPluginIds(text, names), needs: needsIn(text, names), missing: missingIn(text) };
}

/** `depends on one of:` and the lines after it become one line. */
function joinLists(lines: readonly string[]): string[] {
  const joined: string[] = [];
  for (const line of lines) {
    const before = joined.at(-1);
    const isItem = /^[\w.-]+(?:\[[^\]]*\])?[<>=!~][^ ]*$/.test(line);
    if (before !== undefined && (/ (?:one|any|all) of:$/.test(before) || (isItem && / of: /.test(before))))
      joined[joined.length - 1] = `${before}${before.endsWith(':') ? '' : ' |'} ${line}`;
    else if (before !== undefined && / of: /.test(before) && /^(?:and|depends? on|we can conclude) /.test(line))
      joined[joined.length - 1] = `${before} ${line}`;
    else joined.push(line);
  }
  return joined;
}

/** What follows "we can conclude" is put together of what stands before it, and often about more versions. */
function needsIn(text: string, names: ReadonlyMap<string, string>): Need[] {
  return text.split('\n').flatMap((line) => {
    const [premises = '', conclusion = ''] = line.split(/,? we can conclude that /);
    return [
      ...needsOf(premises, names),
      ...needsOf(conclusion.replace(/\.(?: \(\d+\))?$/, ''), names)
        .filter(({ isPlugin }) => !isPlugin)
        .map((need) => ({ ...need, isConcluded: true })),
    ];
  });
}

function needsOf(clauses: string, names: ReadonlyMap<string, string>): Need[] {
  const nameOf = (text: string): string => /^[\w.-]*\w/.exec(text)?.[0] ?? '';
  const specifierOf = (text: string): string => text.slice(nameOf(text).length).replace(/^\[[^\]]*\]/, '');
  const stated = clauses.matchAll(/(\S+(?: \| \S+)*) depends? on (?:(?:one|any) of: )?(.+?)(?=,? and |$)/g);
  return [...stated].flatMap(([, who = '', what = '']) => {
    const [whose, wanted] = [who.split(' | '), what.split(' | ')];
    const plugin = names.get(nameOf(who));
    const name = nameOf(what);
    if (name === '' || names.has(name)) return [];
    return {
      who: plugin ?? nameOf(who),
      isPlugin: plugin !== undefined,
      of: whose.map(specifierOf),
      name,
      what: alternatives(wanted),
      wants: wanted.map(specifierOf),
      isConcluded: false,
    };
  });
}

/** Ranges with many gaps are many alternatives: the first and the last say enough. */
function alternatives(all: readonly string[]): string {
  return all.length <= 2 ? all.join(' or ') : `${all[0]} … ${all.at(-1)}`;
}

function missingIn(text: string): Unsolvable['missing'] {
  const nameOf = (what: string): string => normaliseName(/^[\w.-]*\w/.exec(what)?.[0] ?? '');
  const [, none] = /there (?:is no version|are no versions) of (\S+)(?= and|,)/.exec(text) ?? [];
  if (none !== undefined) return { name: nameOf(none), said: 'of which there is no version' };
  const [, unknown] = /Because (\S+) was not found/.exec(text) ?? [];
  if (unknown !== undefined) return { name: nameOf(unknown), said: 'which the package index does not have' };
  const [, only] = /only (\S+) is available/.exec(text.replace(/only bulkhead-plugin-\S+ is available/g, '')) ?? [];
  return only === undefined ? undefined : { name: nameOf(only), said: `and there is only ${only}` };
}

function withPluginIds(text: string, names: ReadonlyMap<string, string>): string {
  let words = text;
  // the longest first: one name may be the beginning of another
  for (const [name, id] of [...names].toSorted(([one], [other]) => other.length - one.length)) {
    const plain = name.replaceAll('.', '\\.');
    words = words
      .replace(new RegExp(`only ${plain}==0 is available and `, 'g'), '')
      .replace(new RegExp(` and only ${plain}==0 is available(?=,)`, 'g'), '')
      .replace(new RegExp(`(?:all versions of )?${plain}(?:==0)?(?![\\w-])`, 'g'), id);
  }
  return words.replaceAll('your project', 'one environment');
}

import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildContext } from '../build/build-environment.ts';
import type { BuildFolders } from '../build/build-folders.ts';
import { runBuilder } from '../build/builder-process.ts';
import { BUILD_MARK, builderVariables } from '../build/builder-variables.ts';
import { environmentPython } from '../build/environment-record.ts';
import { installedSources } from '../build/installed-sources.ts';
import type { LocalSources } from '../build/local-sources.ts';
import { uvError } from '../build/resolver-diagnosis.ts';
import { findSitePackages } from '../build/site-packages.ts';
import { lockOfHashedFiles } from '../dependency-files/check-hashes.ts';
import { obtainUv, type UvBinary } from '../fetched/uv-binary.ts';
import type { OwnProject } from '../requirements/own-project.ts';
import type { UvRequest } from './uv-request.ts';
import { namedAddresses } from './named-addresses.ts';
import { tellUvLine } from './uv-progress.ts';
import { datedPackages, excludeNewer, localPackages, projectText } from './uv-project.ts';

/** One build by uv. */
export class UvBuild {
  readonly #request: UvRequest;
  readonly #context: BuildContext;
  readonly #folders: BuildFolders;

  constructor(request: UvRequest, context: BuildContext, folders: BuildFolders) {
    this.#request = request;
    this.#context = context;
    this.#folders = folders;
  }

  /** @param known what earlier builds have installed from this disk @returns the builder: `uv 0.13.9` */
  async build(known: LocalSources): Promise<string> {
    const { choice, declared, wanted, settings, lock } = this.#request;
    const uv = await obtainUv(this.#context, choice.pythons, this.#context.reporter);
    const doing =
      lock === 'locked' ? 'installing from uv.lock' : `resolving ${wanted.texts.join(', ') || 'no packages'}`;
    this.#context.reporter.tell('resolving', doing);
    if (declared.own !== undefined && lock === 'none') await this.#makeEnvironment(uv);
    const built = Object.values(known).flatMap(({ name, kind }) => (kind === 'folder' ? [name] : []));
    const anew = new Set([...built, ...wanted.local, ...localPackages(settings)]);
    await this.#install(uv, [...anew]);
    // uv keeps what it has built of a folder until the folder's metadata change; which folders there are, is known only now
    const found = await installedSources(await findSitePackages(this.#folders.prefix));
    const kept = found.filter(({ name, kind }) => kind === 'folder' && !anew.has(name)).map(({ name }) => name);
    if (kept.length > 0) await this.#install(uv, kept);
    return `uv ${uv.version}`;
  }

  /** @param anew names of packages that are to be built again */
  async #install(uv: UvBinary, anew: readonly string[]): Promise<void> {
    const { lock } = this.#request;
    const { own } = this.#request.declared;
    const again = [
      ...anew.flatMap((name) => ['--refresh-package', name, '--reinstall-package', name]),
      ...this.#refresh,
    ];
    if (own === undefined) return await this.#syncWritten(uv, again);
    if (lock !== 'none') await this.#syncLocked(uv, again);
    if (lock !== 'locked') await this.#installAdded(uv, own, again);
  }

  /** What the lock file says. Where the registry adds to it, it is a wish, which may be stale. */
  async #syncLocked(uv: UvBinary, again: readonly string[]): Promise<void> {
    const { spec, lock } = this.#request;
    const { extras, groups } = spec.environment;
    await this.#run(uv, spec.folder, [
      'sync',
      lock === 'locked' ? '--locked' : '--frozen',
      ...SYNC_OPTIONS,
      ...this.#python,
      ...extras.flatMap((extra) => ['--extra', extra]),
      ...groups.flatMap((group) => ['--group', group]),
      ...again,
    ]);
  }

  /** Run in the project's folder, for which `${PROJECT_ROOT}` stands. */
  async #installAdded(uv: UvBinary, { isPackage }: OwnProject, again: readonly string[]): Promise<void> {
    const { spec, wanted } = this.#request;
    const { extras, groups } = spec.environment;
    const { constraints } = this.#request.declared;
    const [added, limits] = ['added.txt', 'constraints.txt'].map((name) => join(this.#folders.workshop, name)) as [
      string,
      string,
    ];
    await writeFile(added, `${wanted.added.join('\n')}\n`, { mode: 0o600 });
    await writeFile(limits, `${constraints.join('\n')}\n`, { mode: 0o600 });
    const project = isPackage
      ? ['--editable', extras.length === 0 ? '.' : `.[${extras.join(',')}]`]
      : ['--requirements', 'pyproject.toml', ...extras.flatMap((extra) => ['--extra', extra])];
    await this.#run(uv, spec.folder, [
      'pip',
      'install',
      '--python',
      environmentPython(this.#folders.prefix),
      ...project,
      ...groups.flatMap((group) => ['--group', group]),
      ...(wanted.added.length === 0 ? [] : ['--requirements', added]),
      ...(constraints.length === 0 ? [] : ['--constraints', limits]),
      ...this.#dates,
      ...again,
    ]);
  }

  /** For requirements that are no project's: those of a script, of a group that shares, or of the registry alone. */
  async #syncWritten(uv: UvBinary, again: readonly string[]): Promise<void> {
    const { spec, declared, wanted, settings, choice } = this.#request;
    const { prefix, workshop } = this.#folders;
    const run = async (args: readonly string[]): Promise<void> => await this.#run(uv, workshop, args);
    const named = await namedAddresses(wanted.unnamed, workshop, choice.python.executable, run);
    const texts = [...wanted.texts, ...named];
    const text = projectText(texts, settings, choice.python);
    await writeFile(join(workshop, 'pyproject.toml'), text, { mode: 0o600 });
    const lock = join(workshop, 'uv.lock');
    const options = [...this.#python, ...this.#dates];
    const { hashes } = declared;
    if (hashes === undefined) await this.#run(uv, workshop, ['sync', ...SYNC_OPTIONS, ...options, ...again]);
    else {
      // locked alone, so that the outcome can be checked before anything is installed from it
      await this.#run(uv, workshop, ['lock', ...options, ...this.#refresh]);
      await writeFile(lock, lockOfHashedFiles(await readFile(lock, 'utf8'), hashes, spec.id));
      await this.#run(uv, workshop, ['sync', '--frozen', ...SYNC_OPTIONS, ...options, ...again]);
    }
    await copyFile(lock, join(prefix, 'uv.lock'));
  }

  async #makeEnvironment(uv: UvBinary): Promise<void> {
    const { prefix, workshop } = this.#folders;
    await this.#run(uv, workshop, ['venv', '--no-project', '--no-config', ...this.#python, prefix]);
  }

  /** What uv remembers of an index may be minutes old. */
  get #refresh(): readonly string[] {
    return this.#context.newerThan === undefined ? [] : ['--refresh'];
  }

  get #python(): readonly string[] {
    return ['--python', this.#request.choice.python.executable, '--no-python-downloads'];
  }

  /** `as_of` takes the place of the plugin's own dates, also of those of single packages. */
  get #dates(): readonly string[] {
    const { spec, declared } = this.#request;
    const { asOf } = spec.environment;
    if (asOf === undefined) return [];
    const day = excludeNewer(asOf);
    return [
      '--exclude-newer',
      day,
      ...datedPackages(declared).flatMap((name) => ['--exclude-newer-package', `${name}=${day}`]),
    ];
  }

  async #run(uv: UvBinary, folder: string, args: readonly string[]): Promise<void> {
    const { spec, choice, lock, index, declared } = this.#request;
    const { signal, variables, reporter } = this.#context;
    const { prefix } = this.#folders;
    const { exitCode, output } = await runBuilder({
      file: uv.path,
      args,
      cwd: folder,
      signal,
      variables: builderVariables(variables, {
        // a lock file says itself where its packages come from; another index would make it stale
        ...(lock === 'locked' ? {} : index.forUv),
        UV_PROJECT_ENVIRONMENT: prefix,
        UV_NO_WRAP: '1',
        [BUILD_MARK]: prefix,
      }),
      onLine: (line) => tellUvLine(line, reporter),
    });
    if (exitCode === 0) return;
    const { python } = choice;
    throw uvError({
      plugin: spec.id,
      output,
      python: `${python.version} (${python.executable})`,
      project: declared.own?.name,
      editable: declared.own?.isPackage === true ? spec.folder : undefined,
    });
  }
}

/** Not `--no-dev`, which would leave the group out even where it is asked for. */
const SYNC_OPTIONS: readonly string[] = ['--no-default-groups'];

import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { BuildContext } from '../build/build-environment.ts';
import type { BuildFolders } from '../build/build-folders.ts';
import { excludeNewer } from '../uv/uv-project.ts';
import { type LockedPackages, lockedPackages, withoutLocal } from './npm-lock.ts';
import { npmError } from './npm-error.ts';
import { NpmProgress } from './npm-progress.ts';
import type { NpmRequest } from './npm-request.ts';
import { resolveCommand, runNpm } from './run-npm.ts';

/** One build by npm, in the folder of the environment: no tree of packages can be moved that has links in it. */
export class NpmBuild {
  readonly #request: NpmRequest;
  readonly #context: BuildContext;
  readonly #folders: BuildFolders;
  readonly #progress: NpmProgress;

  constructor(request: NpmRequest, context: BuildContext, folders: BuildFolders) {
    this.#request = request;
    this.#context = context;
    this.#folders = folders;
    this.#progress = new NpmProgress(context.reporter);
  }

  /** @returns the builder: `npm 11.19.1` */
  async build(): Promise<string> {
    const { npm, node, config } = this.#request;
    const { prefix } = this.#folders;
    await this.#writeProject();
    if (npm === undefined) return `node ${node.version}`;
    const settings = join(prefix, '.npmrc');
    try {
      await writeFile(settings, `${config.own.join('\n')}\n`, { mode: 0o600 });
      await this.#resolve();
      await this.#install();
    } finally {
      await rm(settings, { force: true }); // it may hold credentials
    }
    return `npm ${npm.version}`;
  }

  async #writeProject(): Promise<void> {
    const { project } = this.#request;
    const { lock } = project;
    // where nothing is locked, npm would resolve what it does not install
    const { devDependencies, ...fields } = project.fields;
    const written = lock === undefined ? fields : { ...fields, devDependencies };
    const whole = { name: 'bulkhead-environment', version: '0.0.0', private: true, ...written };
    await this.#write('package.json', `${JSON.stringify(whole, undefined, 2)}\n`);
    if (lock !== undefined)
      await this.#write(this.#lockName, project.local.length === 0 ? lock.text : withoutLocal(lock.text, fields));
  }

  /** Where a lock decides about all packages, there is nothing to resolve. */
  async #resolve(): Promise<void> {
    const { project, spec } = this.#request;
    if (project.lock !== undefined && project.local.length === 0) return;
    const names = [...Object.keys(project.required), ...Object.keys(project.optional)];
    this.#context.reporter.tell('resolving', `resolving ${names.join(', ')}`);
    const { asOf } = spec.environment;
    await this.#run(
      resolveCommand(asOf === undefined ? undefined : excludeNewer(asOf), this.#context.newerThan !== undefined),
    );
  }

  async #install(): Promise<void> {
    const [system = '', processor = '', library = ''] = this.#request.node.platform.split('-');
    const total = Object.entries(await this.#locked()).filter(
      ([place, { dev, os, cpu, libc }]) =>
        place !== '' && dev !== true && isFor(os, system) && isFor(cpu, processor) && isFor(libc, library),
    ).length;
    if (total > 0) this.#progress.installing(total);
    else this.#context.reporter.tell('installing', `installing from ${this.#lockName}`);
    await this.#run(['ci']);
  }

  get #lockName(): string {
    const { lock } = this.#request.project;
    return lock === undefined ? 'package-lock.json' : basename(lock.file);
  }

  async #locked(): Promise<LockedPackages> {
    const text = await readFile(join(this.#folders.prefix, this.#lockName), 'utf8').catch(() => '{}');
    return lockedPackages(text) ?? {};
  }

  async #write(name: string, text: string): Promise<void> {
    await writeFile(join(this.#folders.prefix, name), text, { mode: 0o600 });
  }

  async #run(command: readonly string[]): Promise<void> {
    const { npm, node, spec, project } = this.#request;
    const { signal, variables } = this.#context;
    const { prefix } = this.#folders;
    if (npm === undefined) return;
    const onLine = (line: string): void => this.#progress.line(line);
    const { exitCode, output } = await runNpm({ npm, node, folder: prefix, command, variables, signal, onLine });
    if (exitCode === 0) return;
    throw npmError({
      plugin: spec.id,
      output,
      node: `${node.version} (${node.executable})`,
      lock: project.lock === undefined ? undefined : basename(project.lock.file),
      locked: await this.#locked(),
    });
  }
}

/** As npm has it: names of what it is for, or with `!` of what it is not for. A package for other systems is left out. */
function isFor(listed: unknown, mine: string): boolean {
  if (!Array.isArray(listed) || listed.length === 0) return true;
  return (
    listed.includes(mine) || (!listed.includes(`!${mine}`) && listed.every((each) => String(each).startsWith('!')))
  );
}

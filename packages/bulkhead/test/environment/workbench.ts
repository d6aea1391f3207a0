import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BulkheadError } from '../../src/errors/bulkhead-error.ts';
import type { ErrorCode } from '../../src/errors/error-details.ts';
import { endOrphanedBuilders } from '../../src/environment/build/orphaned-builders.ts';
import type {
  BuiltEnvironment,
  EnvironmentProvider,
  ProgressEvent,
  PythonRuntime,
} from '../../src/environment/ready-environment.ts';
import { StateFolder } from '../../src/environment/state-folder.ts';
import { fieldGroups } from '../../src/registry/fields/groups.ts';
import { mergeFields } from '../../src/registry/fields/merge-fields.ts';
import type { EnvironmentSpec, PluginSpec } from '../../src/registry/plugin-spec.ts';
import { sharedTools } from './shared-uv.ts';

/** Whose environment it is, and what of it is not as in `spec`. */
export type SpecChanges = Partial<EnvironmentSpec> & Partial<Pick<PluginSpec, 'id' | 'folder'>>;

/** A state folder and a plugin of its own, in a temporary folder. */
export class Workbench {
  readonly root: string;
  readonly plugin: string;
  readonly state: StateFolder;
  readonly variables: NodeJS.ProcessEnv;
  readonly events: ProgressEvent[] = [];
  /** Other hosts that a test has started: a test that fails leaves none running. */
  readonly hosts: ChildProcess[] = [];

  private constructor(root: string, uv: string) {
    this.root = root;
    this.plugin = join(root, 'plugin');
    this.state = new StateFolder(join(root, 'home'));
    this.variables = { ...process.env, BULKHEAD_HOME: this.state.root, BULKHEAD_UV: uv };
  }

  static async open(): Promise<Workbench> {
    const { uv, answers } = await sharedTools();
    const bench = new Workbench(await realpath(await mkdtemp(join(tmpdir(), 'bulkhead-environment-'))), uv);
    await mkdir(bench.plugin);
    await cp(answers, bench.state.answers, { recursive: true });
    return bench;
  }

  async close(): Promise<void> {
    for (const host of this.hosts) await ended(host);
    const { environments } = this.state;
    const prefixes = (await readdir(environments).catch(() => [])).map((name) => join(environments, name));
    await endOrphanedBuilders(new Set(prefixes), new AbortController().signal);
    await rm(this.root, { recursive: true, force: true, maxRetries: 5 });
  }

  async write(name: string, text: string): Promise<string> {
    const file = join(this.root, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    return file;
  }

  spec({ id = 'sample', folder = this.plugin, ...environment }: SpecChanges = {}): PluginSpec {
    const { plugin, launch, pool, calls } = fieldGroups;
    return {
      id,
      version: undefined,
      folder,
      source: { file: join(this.root, 'plugins.yaml'), line: 1, column: 1 },
      secrets: [],
      ...mergeFields(plugin, {}),
      environment: {
        kind: 'uv',
        language: 'python',
        python: '3.11',
        dependencies: [],
        asOf: undefined,
        trialImport: true,
        extras: [],
        groups: [],
        share: undefined,
        ...environment,
      },
      launch: { ...mergeFields(launch, {}), confined: false, isolated: false },
      pool: mergeFields(pool, {}),
      calls: mergeFields(calls, {}),
    };
  }

  async prepare(
    provider: EnvironmentProvider<PythonRuntime>,
    changed: SpecChanges = {},
    signal?: AbortSignal,
  ): Promise<BuiltEnvironment> {
    return await this.prepareSpec(provider, this.spec(changed), signal);
  }

  async prepareSpec(
    provider: EnvironmentProvider<PythonRuntime>,
    spec: PluginSpec,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<BuiltEnvironment> {
    return await provider.prepare(spec, signal, (event) => this.events.push(event));
  }

  async failure<Code extends ErrorCode>(code: Code, work: Promise<unknown>): Promise<BulkheadError<Code>> {
    const error = await work.then(
      () => new Error('it succeeded'),
      (reason: unknown) => reason,
    );
    if (error instanceof BulkheadError && error.code === code) return error as BulkheadError<Code>;
    throw error;
  }

  /** What is left in the folders that hold something only while something is built. */
  async leftovers(): Promise<string[]> {
    const folders = [this.state.builds, this.state.locks.path, this.state.trash];
    return (await Promise.all(folders.map(async (folder) => await readdir(folder).catch(() => [])))).flat();
  }
}

/** A host that is killed leaves its builders. */
async function ended(host: ChildProcess): Promise<void> {
  if (host.exitCode !== null || host.signalCode !== null) return;
  const exited = once(host, 'exit');
  host.kill('SIGKILL');
  await exited;
}

import { execFile } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { environmentsOf } from '../../src/environment/environments.ts';
import { npmFor } from '../../src/environment/node/npm.ts';
import type { EnvironmentProvider, NodeRuntime, ReadyEnvironment } from '../../src/environment/ready-environment.ts';
import type { PluginSpec } from '../../src/registry/plugin-spec.ts';
import { NpmRegistry } from '../npm-registry.ts';
import { type SpecChanges, Workbench } from './workbench.ts';

const run = promisify(execFile);

/** A plugin of Node, with a package registry of its own. */
export class NpmWorkbench {
  readonly bench: Workbench;
  readonly registry: NpmRegistry;
  readonly provider: EnvironmentProvider<NodeRuntime>;

  private constructor(bench: Workbench, registry: NpmRegistry) {
    this.bench = bench;
    this.registry = registry;
    this.provider = environmentsOf({ variables: bench.variables }).node;
  }

  static async open(): Promise<NpmWorkbench> {
    const bench = await Workbench.open();
    const registry = await NpmRegistry.open();
    Object.assign(bench.variables, registry.variables(bench.root));
    return new NpmWorkbench(bench, registry);
  }

  async close(): Promise<void> {
    await this.bench.close();
    await this.registry.close();
  }

  spec(changes: SpecChanges = {}): PluginSpec {
    const spec = this.bench.spec({ kind: 'node', python: undefined, ...changes });
    const entryPoint = { file: 'plugin.js', module: undefined, className: undefined };
    return { ...spec, launch: { ...spec.launch, entryPoint } };
  }

  /** Writes the plugin's package.json. */
  async declares(packageJson: object, folder = 'plugin'): Promise<void> {
    await this.bench.write(`${folder}/package.json`, JSON.stringify(packageJson));
  }

  async prepare(
    changes: SpecChanges = {},
    options: { upgrade?: boolean } = {},
  ): Promise<ReadyEnvironment<NodeRuntime>> {
    const hear = (event: (typeof this.bench.events)[number]): void => void this.bench.events.push(event);
    return await this.provider.prepare(this.spec(changes), new AbortController().signal, hear, options);
  }

  /** What a file that is in the environment imports by that name. */
  async imported({ runtime }: ReadyEnvironment<NodeRuntime>, name: string): Promise<string> {
    const script = `import(${JSON.stringify(name)}).then((loaded) => console.log(loaded.default))`;
    const { stdout } = await run(runtime.node.executable, ['-e', script], { cwd: runtime.prefix });
    return stdout.trim();
  }

  /** Runs the npm of this machine in a folder of the workbench, as the author of a plugin does. */
  async npm(folder: string, ...args: string[]): Promise<void> {
    const executable = await realpath(process.execPath);
    const node = { executable, version: process.versions.node, origin: 'PATH' };
    const { cli } = await npmFor('test', node, process.env);
    const cwd = dirname(await this.bench.write(`${folder}/.keep`, ''));
    await run(executable, [cli, ...args, '--no-audit', '--no-fund'], { cwd, env: this.bench.variables });
  }

  get progress(): string[] {
    return this.bench.events.map(({ message }) => message);
  }
}

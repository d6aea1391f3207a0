import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a version of the plugin does differently. */
export interface Version {
  readonly version: string;
  /** Lines in the class, such as a method. */
  readonly body?: string;
  /** Lines in front of the class. */
  readonly head?: string;
  /** Its registry entry, besides id and path. */
  readonly entry?: string;
  readonly dependencies?: readonly string[];
}

/** A registry with one plugin, `changing`, that is written anew again and again. */
export class ChangingPlugin implements AsyncDisposable {
  readonly folder: string;
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
    this.folder = join(root, 'changing');
  }

  static async make(first: Version): Promise<ChangingPlugin> {
    const plugin = new ChangingPlugin(await realpath(await mkdtemp(join(tmpdir(), 'bulkhead-changing-'))));
    await mkdir(plugin.folder);
    await plugin.write(first);
    return plugin;
  }

  get registry(): string {
    return join(this.#root, 'plugins.yaml');
  }

  get manifest(): string {
    return join(this.folder, 'pyproject.toml');
  }

  async write({ version, body = '', head = '', entry = '', dependencies = [] }: Version): Promise<void> {
    await writeFile(
      this.registry,
      `plugins:\n  - { id: changing, path: changing${entry === '' ? '' : `, ${entry}`} }\n`,
    );
    await writeFile(
      this.manifest,
      `[project]\nname = "changing"\nversion = "${version}"\ndependencies = ${JSON.stringify(dependencies)}\n`,
    );
    await writeFile(join(this.folder, 'plugin.py'), source(version, body, head));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#root, { recursive: true, force: true });
  }
}

function source(version: string, body: string, head: string): string {
  return `
import os, time
from plugin_sdk import PluginBase, action
${head}

class Changing(PluginBase):
    def execute(self, value):
        return {"version": "${version}", "value": value, "pid": os.getpid()}

    @action
    def wait_for(self, file: str):
        while not os.path.exists(file):
            time.sleep(0.01)
        return "${version}"

    @action
    def count_until(self, file: str):
        number = 0
        while not os.path.exists(file):
            number += 1
            yield number
            time.sleep(0.01)
        return "${version}"

${body}

if __name__ == "__main__":
    Changing().start_server()
`;
}

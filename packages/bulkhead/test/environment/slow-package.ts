import { existsSync, watch } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Workbench } from './workbench.ts';

/** Its build backend says that it has begun, and then waits until it is let go: a build can be cut off in its middle. */
const BACKEND = `
import os, time, zipfile
here = os.path.dirname(os.path.abspath(__file__))
def build_wheel(folder, config_settings=None, metadata_directory=None):
    with open(os.path.join(here, "draft"), "w") as file:
        file.write(str(os.getpid()))
    os.rename(os.path.join(here, "draft"), os.path.join(here, "begun"))
    while not os.path.exists(os.path.join(here, "go")):
        time.sleep(0.01)
    name = "slowpackage-1.0-py3-none-any.whl"
    info = "slowpackage-1.0.dist-info/"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        wheel.writestr("slowpackage.py", "answer = 42\\n")
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: slowpackage\\nVersion: 1.0\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "slowpackage.py,,\\n" + info + "METADATA,,\\n" + info + "WHEEL,,\\n" + info + "RECORD,,\\n")
    return name
`;
const PROJECT = `
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "slowpackage"
version = "1.0"
`;

export class SlowPackage {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** One in another folder is another source, which uv builds at the same time. */
  static async in(bench: Workbench, folder = 'slowpackage'): Promise<SlowPackage> {
    const file = await bench.write(`${folder}/pyproject.toml`, PROJECT);
    await bench.write(`${folder}/backend.py`, BACKEND);
    // else its signs would be changes of its source
    await bench.write(`${folder}/.gitignore`, 'draft\nbegun\ngo\n');
    return new SlowPackage(dirname(file));
  }

  get requirement(): string {
    return `slowpackage @ ${pathToFileURL(this.folder).href}`;
  }

  /** Waits for the backend to run; answers its pid. */
  async begun(): Promise<number> {
    const file = join(this.folder, 'begun');
    await mkdir(this.folder, { recursive: true });
    const watcher = watch(this.folder);
    try {
      await new Promise<void>((resolve) => {
        watcher.on('change', () => existsSync(file) && resolve());
        if (existsSync(file)) resolve();
      });
    } finally {
      watcher.close();
    }
    const pid = Number(await readFile(file, 'utf8'));
    await rm(file);
    return pid;
  }

  async letGo(): Promise<void> {
    await writeFile(join(this.folder, 'go'), '');
  }
}

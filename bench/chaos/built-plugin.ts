import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Check } from './check.ts';

const PLUGIN = `
import part
from plugin_sdk import PluginBase

class Built(PluginBase):
    def execute(self, input_data):
        return part.number

if __name__ == "__main__":
    Built().start_server()
`;

/** A build backend without dependencies that takes its time, so that a kill can hit the middle of a build. */
const backend = (number: number, seconds: number): string => `
import os, time, zipfile

def build_wheel(folder, config_settings=None, metadata_directory=None):
    time.sleep(${seconds})
    name = "part-${number}-py3-none-any.whl"
    info = "part-${number}.dist-info/"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        wheel.writestr("part.py", "number = ${number}\\n")
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: part\\nVersion: ${number}\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: chaos\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "part.py,,\\n" + "".join(info + file + ",,\\n" for file in ("METADATA", "WHEEL", "RECORD")))
    return name
`;

const PART = (number: number): string => `
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "part"
version = "${number}"
`;

const PROJECT = (number: number, part: string): string => `
[project]
name = "built_${number}"
version = "1.0.0"
dependencies = ["part @ ${pathToFileURL(part).href}"]
[tool.uv]
package = false
`;

/** Writes a plugin with an environment of its own that answers `number`. Answers its folder. */
export async function writeBuiltPlugin(within: string, number: number, seconds: number): Promise<string> {
  const folder = join(within, `built_${number}`);
  const part = join(within, `part_${number}`);
  await Promise.all([mkdir(folder, { recursive: true }), mkdir(part, { recursive: true })]);
  await Promise.all([
    writeFile(join(folder, 'plugin.py'), PLUGIN),
    writeFile(join(folder, 'pyproject.toml'), PROJECT(number, part)),
    writeFile(join(part, 'backend.py'), backend(number, seconds)),
    writeFile(join(part, 'pyproject.toml'), PART(number)),
  ]);
  return folder;
}

export function builtCheck(number: number): Check {
  return { action: 'execute', input: null, isRight: (answer) => answer === number };
}

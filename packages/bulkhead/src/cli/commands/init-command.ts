import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { fileFailure } from '../files/file-failure.ts';
import { REGISTRY_NAME } from '../files/find-registry.ts';
import type { Terminal } from '../output/terminal.ts';

export interface InitOptions {
  readonly registry?: string;
}

/** `bulkhead init`: writes a registry to begin with. */
export async function initCommand(options: InitOptions, { out }: Terminal): Promise<number> {
  const file = resolve(options.registry ?? REGISTRY_NAME);
  if (existsSync(file)) throw new BulkheadError('FILE_EXISTS', { file });
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, registryText(schemaFor(dirname(file))), { flag: 'wx' });
  } catch (error) {
    throw fileFailure(error, '--registry', file);
  }
  out.write(`Wrote ${relative(process.cwd(), file) || file}.\n\nAdd a plugin to it:\n  bulkhead new hello\n`);
  return 0;
}

/** Only a path that is the same on the machines of all who work on the project: that of a package installed in it. */
function schemaFor(folder: string): string | undefined {
  for (let above = folder; ; above = dirname(above)) {
    const schema = join(above, 'node_modules', 'bulkhead', 'registry.schema.json');
    if (existsSync(schema)) return relative(folder, schema).split(sep).join('/');
    if (dirname(above) === above) return undefined;
  }
}

function registryText(schema: string | undefined): string {
  const forEditors =
    schema === undefined ? '' : `# yaml-language-server: $schema=${schema.startsWith('.') ? schema : `./${schema}`}\n`;
  return `${forEditors}# Which plugins there are, and how each is run. Paths are relative to this file.
#
#   - id: text_analyzer                 # what calls name it by
#     path: ./plugins/text_analyzer
#     python_version: "3.11"            # any installed Python that fits the plugin, unless given
#     dependencies: ["numpy>=1.24"]     # added to those of the plugin's own pyproject.toml
#     as_of: 2026-01-31                 # packages as they were on that day
#     config: { token: "\${env:TOKEN}" } # handed to the plugin; \${env:…} is read when the registry is
#     timeouts: { call: 30s }
#
# \`bulkhead new NAME\` writes a plugin and adds it here.
plugins: []
`;
}

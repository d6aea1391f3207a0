import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { benchFile } from './floor-process.ts';

const PLUGIN = `from plugin_sdk import PluginBase, action


class Orders(PluginBase):
    """Works on orders."""

    def execute(self, order: dict, discount: float = 0.0) -> dict:
        """Prices an order."""
        return order

    @action(idempotent=True)
    def totals(self, rows: list[float], currency: str = "EUR") -> dict[str, float]:
        """Adds up the rows of an order."""
        return {currency: sum(rows)}
`;

/** Registries of a thousand plugins, and of the first half of them, as a program of some years may have. */
export interface LargeRegistry {
  readonly thousand: string;
  readonly half: string;
}

/**
 * Makes them where they are not there yet. They stay, as the state folder of the benchmarks does: then their plugins have to be
 * started only once in their lives to be described. All have the packages of one plugin of the benchmarks, and share its environment.
 */
export async function largeRegistry(): Promise<LargeRegistry> {
  const folder = benchFile('../.cache/bench-registry');
  const [thousand, half] = [join(folder, 'thousand.yaml'), join(folder, 'half.yaml')];
  await mkdir(join(folder, 'data'), { recursive: true }); // what some of them may read
  if (existsSync(thousand)) return { thousand, half };
  const project = await readFile(benchFile('plugins/packaged/pyproject.toml'), 'utf8');
  const entries: string[] = [];
  for (let index = 0; index < 1000; index += 1) {
    const name = `plugin_${index}`;
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, 'plugin.py'), PLUGIN);
    await writeFile(join(folder, name, 'pyproject.toml'), manifest(project, index));
    entries.push(entry(name, index));
  }
  await writeFile(half, `plugins:\n${entries.slice(0, 500).join('')}`);
  await writeFile(thousand, `plugins:\n${entries.join('')}`); // last: it says that all are there
  return { thousand, half };
}

function manifest(project: string, index: number): string {
  const hooks = index % 4 === 0 ? 'hooks = ["order.created"]\n' : '';
  return `${project}\n[tool.bulkhead]\nentry_point = "plugin.py"\ntimeouts = { call = "30s", start = "20s" }\n${hooks}`;
}

function entry(name: string, index: number): string {
  const fields = [
    ...(index % 3 === 0 ? ['permissions: { read: [./data], network: false }'] : []),
    ...(index % 5 === 0 ? ['resources: { memory: 512MiB, pids: 64 }'] : []),
    ...(index % 7 === 0 ? ['instances: { max: 2 }'] : []),
    ...(index % 10 === 0 ? ['config: { region: eu, retries: 3 }'] : []),
  ];
  return [`  - id: ${name}`, `path: ./${name}`, ...fields].join('\n    ').concat('\n');
}

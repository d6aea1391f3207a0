import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'smol-toml';
import type { ResolutionRequest } from '../../conflicts/resolver.ts';
import type { DiscoveredPython } from '../python/python-discovery.ts';
import { platformMarker } from './uv-project.ts';

/** The project that depends on those of all plugins. */
export const PROJECT = 'bulkhead-check';

/** What uv is asked, as projects. */
export interface AskedProjects {
  readonly request: ResolutionRequest;
  /** For each plugin its unnamed addresses, with names. */
  readonly named: readonly (readonly string[])[];
  /** From `projectNames`. */
  readonly names: ReadonlyMap<string, string>;
  readonly python: DiscoveredPython;
}

/** From the name of its project to a plugin's id; ids may differ in what names of projects don't. */
export function projectNames({ plugins }: ResolutionRequest): Map<string, string> {
  const names = new Map<string, string>();
  for (const { id } of plugins) {
    const plain = `bulkhead-plugin-${id.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`.replace(/-+$/, '');
    const name = names.has(plain) ? `${plain}-${names.size}` : plain;
    names.set(name, id);
  }
  return names;
}

export async function writeProjects(
  workshop: string,
  { request: { plugins, settings }, named, names, python }: AskedProjects,
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
        dependencies: [...(plugins[index]?.requirements ?? []), ...(named[index] ?? [])],
      },
      tool: { uv: { package: false, ...(sources === undefined ? {} : { sources }) } },
    });
  }
  const paths = [...names.keys()].map((name) => [name, { path: name }]);
  await write(workshop, {
    project: {
      name: PROJECT,
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

import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { hideSecrets } from '../../lifecycle/hide-secrets.ts';
import type { BuildContext } from '../build/build-environment.ts';
import type { CompleteEnvironment } from '../build/build-folders.ts';
import type { Contents, Installed } from '../build/contents.ts';
import type { EnvironmentRecord } from '../build/environment-record.ts';
import type { InstalledSource } from '../build/installed-sources.ts';
import { linkEnvironment } from '../build/plugin-link.ts';
import type { NodeInterpreter, NodeRuntime } from '../ready-environment.ts';
import { type LockedPackages, lockedPackages, nameAt } from './npm-lock.ts';
import type { NpmRequest } from './npm-request.ts';
import { nodeTrialError } from './trial-diagnosis.ts';
import { tryNodeImports } from './trial-import.ts';

/** A folder with `node_modules`, as npm makes it; without it where the plugin asks for no packages. */
export class NodeContents implements Contents<NodeRuntime> {
  readonly #request: NpmRequest;
  readonly #context: BuildContext;

  constructor(request: NpmRequest, context: BuildContext) {
    this.#request = request;
    this.#context = context;
  }

  async read(prefix: string): Promise<Installed> {
    const installed = await installedIn(prefix);
    const unrunScripts = [
      ...new Set(
        Object.entries(installed).flatMap(([place, { hasInstallScript }]) =>
          hasInstallScript === true ? [nameAt(place)] : [],
        ),
      ),
    ];
    if (unrunScripts.length > 0)
      this.#context.reporter.tell('installing', `left out the install scripts of ${unrunScripts.join(', ')}`);
    return {
      packages: versionsOf(installed),
      sources: await sourcesOf(prefix, installed),
      parts: { node: this.#node, unrunScripts },
    };
  }

  async areSame(one: string, other: string): Promise<boolean> {
    const [mine, theirs] = await Promise.all([one, other].map(installedIn));
    return JSON.stringify(mine) === JSON.stringify(theirs);
  }

  async tryOut(prefix: string, signal: AbortSignal): Promise<void> {
    const { spec, variables, reporter } = this.#context;
    const { project, node } = this.#request;
    const packages = await installedIn(prefix);
    // what may be missing is tried where it is there
    const isThere = (name: string): boolean => Object.hasOwn(packages, `node_modules/${name}`);
    const direct = Object.keys({ ...project.required, ...project.optional }).filter(isThere);
    const failure = await tryNodeImports({ prefix, spec, node, direct, hostVariables: variables, signal }, reporter);
    if (failure === undefined) return;
    throw await nodeTrialError(failure, { spec, prefix, node, packages, hide: hideSecrets(spec.secrets) });
  }

  async offer(environment: CompleteEnvironment): Promise<string | undefined> {
    const { spec } = this.#context;
    return Object.keys(environment.record.packages).length === 0
      ? undefined
      : await linkEnvironment(spec.folder, 'node_modules', environment);
  }

  runtime(prefix: string, _record: EnvironmentRecord): NodeRuntime {
    return { kind: 'node', prefix, node: this.#node };
  }

  get #node(): NodeInterpreter {
    const { executable, version, origin } = this.#request.node;
    return { executable, version, origin };
  }
}

/** What npm notes of each package in a tree that it has made. Where it has installed nothing, there is no tree. */
async function installedIn(prefix: string): Promise<LockedPackages> {
  const text = await readFile(join(prefix, 'node_modules', '.package-lock.json'), 'utf8').catch(() => '{}');
  return lockedPackages(text) ?? {};
}

/** Those that the plugin's code finds: npm puts others of the same name below the packages that want them. */
function versionsOf(installed: LockedPackages): Record<string, string> {
  return Object.fromEntries(
    Object.entries(installed).flatMap(([place, { version }]) =>
      place.lastIndexOf('node_modules/') === 0 && typeof version === 'string' ? [[nameAt(place), version]] : [],
    ),
  );
}

async function sourcesOf(prefix: string, installed: LockedPackages): Promise<InstalledSource[]> {
  const sources = Object.entries(installed).map(async ([place, { resolved }]): Promise<InstalledSource[]> => {
    if (typeof resolved !== 'string' || !resolved.startsWith('file:')) return [];
    const path = resolve(prefix, decoded(resolved.slice('file:'.length)));
    const found = await stat(path).catch(() => undefined);
    return [{ name: nameAt(place), path, kind: found?.isDirectory() === true ? 'package' : 'file' }];
  });
  return (await Promise.all(sources)).flat();
}

function decoded(path: string): string {
  return path.replaceAll(/%(23|25|3F)/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

import type { BuildContext, BuildPlan } from '../build/build-environment.ts';
import { hashOf } from '../build/identity.ts';
import type { NodeRuntime } from '../ready-environment.ts';
import { NodeContents } from './node-contents.ts';
import { NpmBuild } from './npm-build.ts';
import { readNpmRequest, type NpmRequest } from './npm-request.ts';

/** Plans environments that npm makes. One without packages is a folder for which no npm is needed. */
export async function planWithNpm(context: BuildContext): Promise<BuildPlan<NodeRuntime>> {
  const request = await readNpmRequest(context);
  const { spec, project, node, npm, config } = request;
  const { lock } = project;
  return {
    lockedBy: lock?.file,
    contents: new NodeContents(request, { ...context, spec }),
    inputs: {
      // a series may lay out the same packages in another way
      builder: npm === undefined ? 'node' : `npm ${npm.version.split('.')[0]}`,
      node: { version: node.version, abi: node.abi },
      platform: node.platform,
      requirements: requirementsOf(request),
      lock: lock === undefined ? undefined : hashOf(lock.text),
      settings: npm === undefined ? {} : settingsOf(request),
      index: npm === undefined || lock !== undefined ? {} : config.fingerprint,
      folder: undefined,
      asOf: npm === undefined ? undefined : spec.environment.asOf,
    },
    build: async (folders) => await new NpmBuild(request, context, folders).build(),
  };
}

function requirementsOf({ project }: NpmRequest): string[] {
  const wanted = (packages: Readonly<Record<string, string>>, mark: string): string[] =>
    Object.entries(packages).map(([name, range]) => `${name}@${range}${mark}`);
  return [...wanted(project.required, ''), ...wanted(project.optional, ' (optional)')].toSorted();
}

/** What package.json says besides the packages that are installed, as far as npm heeds it. */
function settingsOf({ project: { fields, lock }, config }: NpmRequest): Readonly<Record<string, unknown>> {
  const { overrides, peerDependencies, peerDependenciesMeta, devDependencies } = fields;
  return {
    overrides,
    peerDependencies,
    peerDependenciesMeta,
    // npm refuses a lock that does not know them
    ...(lock === undefined ? {} : { devDependencies, npmrc: config.own.filter((line) => !line.startsWith('//')) }),
  };
}

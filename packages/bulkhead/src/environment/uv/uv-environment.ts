import { join } from 'node:path';
import type { BuildContext, BuildPlan } from '../build/build-environment.ts';
import { withoutCache } from '../build/builder-variables.ts';
import { hashOf } from '../build/identity.ts';
import { interpreterOf, pythonIdentity } from '../environment-options.ts';
import { findUv } from '../fetched/uv-binary.ts';
import { UV_VERSION } from '../fetched/uv-release.ts';
import { PythonContents } from '../python/python-contents.ts';
import type { PythonRuntime } from '../ready-environment.ts';
import { dependsOnPlace } from '../requirements/depends-on-place.ts';
import { releasedPackages } from './released-packages.ts';
import { UvBuild } from './uv-build.ts';
import { identifyingSettings } from './uv-project.ts';
import { readRequest } from './uv-request.ts';

/**
 * Plans environments that uv makes. Of a plugin's own project uv is told where it lies, and what the registry adds: it reads the
 * project, its sources and its workspace itself. For requirements that stand elsewhere, a project is written.
 */
export async function planWithUv(context: BuildContext, mayInstall: boolean): Promise<BuildPlan<PythonRuntime>> {
  const request = await readRequest(context, mayInstall);
  const { spec, declared, wanted, choice, lock, settings, index } = request;
  const uv = await context.looks.find('uv', async (signal) => await findUv({ ...context, signal }), context.signal);
  const version = uv?.version ?? UV_VERSION;
  const { extras, groups } = spec.environment;
  const chosen = extras.length + groups.length === 0 ? {} : { extras, groups };
  return {
    lockedBy: lock === 'none' ? undefined : join(declared.own?.workspace?.root ?? spec.folder, 'uv.lock'),
    contents: new PythonContents(
      {
        python: interpreterOf(choice.python),
        direct: wanted.direct,
        pinned: wanted.pinned,
        released: async (prefix) => await releasedPackages(prefix, request, context),
      },
      { ...context, spec },
    ),
    inputs: {
      builder: `uv ${version.split('.').slice(0, 2).join('.')}`,
      ...pythonIdentity(choice.python),
      requirements: wanted.normalised,
      lock: declared.lock === undefined || lock === 'none' ? undefined : hashOf(declared.lock),
      settings: {
        ...identifyingSettings(settings),
        ...chosen,
        ...(declared.hashes === undefined ? {} : { hashes: declared.hashes }),
      },
      index: lock === 'locked' ? {} : index.fingerprint,
      folder: dependsOnPlace(declared, wanted.texts, lock === 'none' ? undefined : declared.lock)
        ? spec.folder
        : undefined,
      asOf: spec.environment.asOf,
    },
    build: async (folders, known, isFresh) =>
      await new UvBuild(request, isFresh ? withoutCache(context) : context, folders).build(known),
  };
}

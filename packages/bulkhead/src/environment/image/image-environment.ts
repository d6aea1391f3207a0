import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerEngine, ImageFacts } from '../../engine/container-engine.ts';
import { type EngineFinder, engineFinder } from '../../engine/engine-finder.ts';
import { containerUser } from '../../engine/container-user.ts';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { describeHeld, holderOf } from '../../lifecycle/lock-folder.ts';
import { normaliseName } from '../../requirements/package-name.ts';
import { fitsPython } from '../../requirements/python-version.ts';
import { ProgressReporter } from '../build/progress-reporter.ts';
import { fitsNode, OLDEST_NODE } from '../node/choose-node.ts';
import type {
  AnyImageRuntime,
  EnvironmentProvider,
  ImageRuntime,
  PrepareOptions,
  ProgressSink,
  ReadyEnvironment,
} from '../ready-environment.ts';
import { LOCK_PATIENCE } from '../environment-options.ts';
import { StateFolder } from '../state-folder.ts';
import { type BuildContext, buildContext } from './build-context.ts';
import { buildImage, type ImageBuild } from './build-image.ts';
import { ImageQuestions, type KnownImage, type MountedSdk, shortId } from './ask-image.ts';

export interface ImageOptions {
  readonly state?: StateFolder;
  readonly variables?: NodeJS.ProcessEnv;
  /** Default: what `variables` say. */
  readonly engine?: EngineFinder;
  /** Undefined: images are asked without it, as for a look at them. */
  readonly sdk?: MountedSdk | undefined;
}

const OLDEST_PYTHON = '>=3.9';
const NAMES = { python: 'Python', node: 'Node' } as const;
/** Names of processors by the engine's own word for them, where an image has another. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64', armv7l: 'arm' };

/** The environment of a plugin that runs in a container: its image. */
export class ImageEnvironment implements EnvironmentProvider<ImageRuntime> {
  readonly #engine: EngineFinder;
  readonly #state: StateFolder;
  readonly #questions: ImageQuestions;

  constructor({ state, variables = process.env, engine, sdk }: ImageOptions) {
    this.#engine = engine ?? engineFinder(variables);
    this.#state = state ?? StateFolder.of(variables);
    this.#questions = new ImageQuestions(this.#state, sdk);
  }

  async prepare(
    spec: PluginSpec,
    signal: AbortSignal,
    progress: ProgressSink,
    { upgrade = false }: PrepareOptions = {},
  ): Promise<ImageEnvironmentReady> {
    const began = performance.now();
    const reporter = new ProgressReporter(spec.id, progress);
    try {
      this.#state.ensure();
      const engine = this.#engine();
      const wanted = await this.#wanted(spec, engine, signal);
      const isToBuild = wanted.context !== undefined && (upgrade || wanted.image === undefined);
      if (wanted.context !== undefined && isToBuild)
        await this.#build(
          { spec, context: wanted.context, tag: wanted.name, isFresh: upgrade },
          engine,
          reporter,
          signal,
        );
      const image = isToBuild ? await engine.image(wanted.name, signal) : wanted.image;
      if (image === undefined) throw new BulkheadError('IMAGE_NOT_FOUND', { plugin: spec.id, image: wanted.name });
      await requireMachine(spec, wanted.name, image, engine, signal);
      reporter.tell('trying', `asking the image ${wanted.name} for its ${NAMES[spec.environment.language]}`);
      const known = await this.#questions.ask(spec, wanted.name, image, engine, signal);
      const found = { spec, name: wanted.name, image, known, user: await userOf(image, engine, signal) };
      return { ...environmentOf(found), built: isToBuild, duration: performance.now() - began };
    } catch (error) {
      throw this.#state.explain(error);
    } finally {
      reporter.close();
    }
  }

  async find(spec: PluginSpec, signal: AbortSignal): Promise<ImageEnvironmentReady | undefined> {
    this.#state.check();
    const engine = this.#engine();
    const { name, image } = await this.#wanted(spec, engine, signal);
    if (image === undefined) return undefined;
    await requireMachine(spec, name, image, engine, signal);
    const known = await this.#questions.known(spec, image);
    if (known === undefined) return undefined;
    return environmentOf({ spec, name, image, known, user: await userOf(image, engine, signal) });
  }

  /** The image that the registry names, if the engine has it; else that of the Dockerfile in the plugin's folder. */
  async #wanted(
    { id, folder, launch }: PluginSpec,
    engine: ContainerEngine,
    signal: AbortSignal,
  ): Promise<WantedImage> {
    const named = launch.image === undefined ? undefined : await engine.image(launch.image, signal);
    if (launch.image !== undefined && named !== undefined)
      return { name: launch.image, image: named, context: undefined };
    if (!(await isFile(join(folder, 'Dockerfile')))) {
      if (launch.image === undefined) throw new BulkheadError('IMAGE_MISSING', { plugin: id, folder });
      throw new BulkheadError('IMAGE_NOT_FOUND', { plugin: id, image: launch.image });
    }
    const context = await buildContext(folder, signal);
    // A name that no registry of others has, and that Podman does not complete.
    const name = `localhost/bulkhead/${repositoryName(id)}:${context.hash}`;
    return { name, image: await engine.image(name, signal), context };
  }

  /** Once for all processes that share the state folder. */
  async #build(
    build: ImageBuild,
    engine: ContainerEngine,
    reporter: ProgressReporter,
    signal: AbortSignal,
  ): Promise<void> {
    const isThere = async (): Promise<boolean> =>
      !build.isFresh && (await engine.image(build.tag, signal)) !== undefined;
    const lock = await this.#state.locks.take([`image-${build.context.hash}.lock`], `building the image ${build.tag}`, {
      signal,
      limit: LOCK_PATIENCE,
      onWait: (held) => reporter.tell('waiting', `waiting: ${describeHeld(held)}`),
      onTooLong: (held, milliseconds) => {
        const { file, owner } = held;
        const details = { plugin: build.spec.id, holder: holderOf(held), purpose: owner.purpose, file, milliseconds };
        return new BulkheadError('ENVIRONMENT_BUSY', details);
      },
      done: isThere,
    });
    try {
      if (!(await isThere())) await buildImage(build, engine, reporter, signal);
    } finally {
      lock?.release();
    }
  }
}

type ImageEnvironmentReady = ReadyEnvironment<ImageRuntime>;

interface WantedImage {
  readonly name: string;
  /** Undefined: the engine does not have it. */
  readonly image: ImageFacts | undefined;
  /** What it is built of; undefined: the registry names it. */
  readonly context: BuildContext | undefined;
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** An engine allows a separator only between letters and digits. */
function repositoryName(id: string): string {
  return id.replaceAll(/[_-]+/g, '-').replace(/-$/, '');
}

async function userOf(image: ImageFacts, engine: ContainerEngine, signal: AbortSignal): Promise<string> {
  return containerUser(image.Config?.User, await engine.facts(signal));
}

/** @throws BulkheadError `IMAGE_OF_OTHER_MACHINE` */
async function requireMachine(
  { id }: PluginSpec,
  name: string,
  image: ImageFacts,
  engine: ContainerEngine,
  signal: AbortSignal,
): Promise<void> {
  const { Architecture, OSType } = await engine.facts(signal);
  const wanted = `${OSType}/${ARCHITECTURES[Architecture] ?? Architecture}`;
  const architecture = `${image.Os}/${image.Architecture}`;
  if (architecture !== wanted)
    throw new BulkheadError('IMAGE_OF_OTHER_MACHINE', { plugin: id, image: name, architecture, wanted });
}

interface FoundImage {
  readonly spec: PluginSpec;
  readonly name: string;
  readonly image: ImageFacts;
  readonly known: KnownImage;
  readonly user: string;
}

/** @throws BulkheadError `IMAGE_PYTHON_TOO_OLD`, `IMAGE_NODE_TOO_OLD` */
function environmentOf(found: FoundImage): ImageEnvironmentReady {
  const { name, image, known, user } = found;
  const { answer } = known;
  return {
    identity: shortId(image),
    packages:
      answer.language === 'node'
        ? answer.packages
        : Object.fromEntries(Object.entries(answer.packages).map(([each, of]) => [normaliseName(each), of])),
    built: false,
    duration: 0,
    resolved: image.Created ?? new Date(0).toISOString(),
    lockedBy: undefined,
    localSources: [],
    runtime: runtimeOf(found, {
      kind: 'image',
      image: name,
      imageId: image.Id,
      user,
      folder: answer.holdsPlugin ? answer.workingFolder : undefined,
      setsHome: (image.Config?.Env ?? []).some((variable) => variable.startsWith('HOME=')),
    }),
  };
}

function runtimeOf({ spec, name, known: { answer, bytecode } }: FoundImage, image: AnyImageRuntime): ImageRuntime {
  const { executable, version } = answer;
  if (answer.language === 'node') {
    requireNode(spec, name, version);
    // a plugin that lies elsewhere would not find them by itself; what lies at the root, every file finds
    const hasModules = image.folder === undefined && Object.keys(answer.packages).length > 0;
    const modules = hasModules && answer.workingFolder !== '/' ? answer.workingFolder : undefined;
    return { ...image, node: { executable, version, origin: 'image' }, modules };
  }
  requirePython(spec, name, version);
  const { implementation, isFreeThreaded, libc } = answer;
  return {
    ...image,
    python: { executable, version, implementation, origin: 'image' },
    bytecode,
    libc: isFreeThreaded ? undefined : libc || undefined,
  };
}

function requireNode({ id }: PluginSpec, image: string, version: string): void {
  if (!fitsNode(version, [OLDEST_NODE])) throw new BulkheadError('IMAGE_NODE_TOO_OLD', { plugin: id, image, version });
}

function requirePython({ id, environment: { python } }: PluginSpec, image: string, version: string): void {
  const isOld = fitsPython(version, OLDEST_PYTHON) !== true;
  const isOther = python !== undefined && fitsPython(version, python) !== true;
  if (!isOld && !isOther) return;
  const wanted = isOld ? '3.9 or later' : (python as string);
  throw new BulkheadError('IMAGE_PYTHON_TOO_OLD', { plugin: id, image, version, wanted });
}

import type { ContainerEngine, ImageFacts } from '../../engine/container-engine.ts';
import { type EngineFinder, engineFinder } from '../../engine/engine-finder.ts';
import { containerUser } from '../../engine/container-user.ts';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { normaliseName } from '../../requirements/package-name.ts';
import { fitsPython } from '../../requirements/python-version.ts';
import { ProgressReporter } from '../build/progress-reporter.ts';
import type { EnvironmentProvider, ProgressSink, ReadyEnvironment } from '../ready-environment.ts';
import { StateFolder } from '../state-folder.ts';
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
/** Names of processors by the engine's own word for them, where an image has another. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64', armv7l: 'arm' };

/** The environment of a plugin that runs in a container: its image. */
export class ImageEnvironment implements EnvironmentProvider {
  readonly #engine: EngineFinder;
  readonly #state: StateFolder;
  readonly #questions: ImageQuestions;

  constructor({ state, variables = process.env, engine, sdk }: ImageOptions) {
    this.#engine = engine ?? engineFinder(variables);
    this.#state = state ?? StateFolder.of(variables);
    this.#questions = new ImageQuestions(this.#state, sdk);
  }

  async prepare(spec: PluginSpec, signal: AbortSignal, progress: ProgressSink): Promise<ReadyEnvironment> {
    const began = performance.now();
    const reporter = new ProgressReporter(spec.id, progress);
    try {
      this.#state.ensure();
      const engine = this.#engine();
      const name = imageOf(spec);
      const image = await this.#required(spec, name, engine, signal);
      reporter.tell('trying', `asking the image ${name} for its Python`);
      const known = await this.#questions.ask(spec, name, image, engine, signal);
      const found = { spec, name, image, known, user: containerUser(image.Config?.User, await engine.facts(signal)) };
      return { ...environmentOf(found), duration: performance.now() - began };
    } catch (error) {
      throw this.#state.explain(error);
    } finally {
      reporter.close();
    }
  }

  async find(spec: PluginSpec, signal: AbortSignal): Promise<ReadyEnvironment | undefined> {
    this.#state.check();
    const engine = this.#engine();
    const name = imageOf(spec);
    const image = await this.#required(spec, name, engine, signal);
    const known = await this.#questions.known(spec, image);
    if (known === undefined) return undefined;
    return environmentOf({
      spec,
      name,
      image,
      known,
      user: containerUser(image.Config?.User, await engine.facts(signal)),
    });
  }

  async #required(spec: PluginSpec, name: string, engine: ContainerEngine, signal: AbortSignal): Promise<ImageFacts> {
    const image = await engine.image(name, signal);
    if (image === undefined) throw new BulkheadError('IMAGE_NOT_FOUND', { plugin: spec.id, image: name });
    const { Architecture, OSType } = await engine.facts(signal);
    const wanted = `${OSType}/${ARCHITECTURES[Architecture] ?? Architecture}`;
    const architecture = `${image.Os}/${image.Architecture}`;
    if (architecture !== wanted)
      throw new BulkheadError('IMAGE_OF_OTHER_MACHINE', { plugin: spec.id, image: name, architecture, wanted });
    return image;
  }
}

function imageOf({ id, launch: { image } }: PluginSpec): string {
  if (image === undefined) throw new BulkheadError('IMAGE_MISSING', { plugin: id });
  return image;
}

interface FoundImage {
  readonly spec: PluginSpec;
  readonly name: string;
  readonly image: ImageFacts;
  readonly known: KnownImage;
  readonly user: string;
}

/** @throws BulkheadError `IMAGE_PYTHON_TOO_OLD` */
function environmentOf({ spec, name, image, known: { answer, bytecode }, user }: FoundImage): ReadyEnvironment {
  const { executable, version, implementation } = answer;
  requirePython(spec, name, version);
  return {
    identity: shortId(image),
    packages: Object.fromEntries(Object.entries(answer.packages).map(([each, of]) => [normaliseName(each), of])),
    built: false,
    duration: 0,
    resolved: image.Created ?? new Date(0).toISOString(),
    lockedBy: undefined,
    localSources: [],
    runtime: {
      kind: 'image',
      image: name,
      imageId: image.Id,
      python: { executable, version, implementation, origin: 'image' },
      user,
      folder: answer.holdsPlugin ? answer.workingFolder : undefined,
      bytecode,
      takesExtensions: answer.hasGlibc && !answer.isFreeThreaded,
      setsHome: (image.Config?.Env ?? []).some((variable) => variable.startsWith('HOME=')),
    },
  };
}

function requirePython({ id, environment: { python } }: PluginSpec, image: string, version: string): void {
  const isOld = fitsPython(version, OLDEST_PYTHON) !== true;
  const isOther = python !== undefined && fitsPython(version, python) !== true;
  if (!isOld && !isOther) return;
  const wanted = isOld ? '3.9 or later' : (python as string);
  throw new BulkheadError('IMAGE_PYTHON_TOO_OLD', { plugin: id, image, version, wanted });
}

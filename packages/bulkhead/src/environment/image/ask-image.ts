import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ContainerEngine, type ImageFacts } from '../../engine/container-engine.ts';
import { ownLabels } from '../../engine/container-labels.ts';
import { containerUser } from '../../engine/container-user.ts';
import { EngineRefusal } from '../../engine/engine-connection.ts';
import { asMounts, BYTECODE_INSIDE, type Mount, SDK_INSIDE } from '../../engine/inside.ts';
import { runOnce, type ShortRun } from '../../engine/run-once.ts';
import { asReason } from '../../errors/as-reason.ts';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { visibleText } from '../../lifecycle/visible-text.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { type Answers, keepAnswers, readAnswers } from '../build/kept-answers.ts';
import type { StateFolder } from '../state-folder.ts';
import { type ImageQuestion, readAnswer } from './image-question.ts';
import { NODE_QUESTION, type NodeAnswer } from './node-question.ts';
import { PYTHON_QUESTION, type PythonAnswer } from './python-question.ts';

/** The host's SDK for Python, as images are asked about it. */
export interface MountedSdk {
  /** Holds `plugin_sdk`. */
  readonly folder: string;
  /** Hash of its sources; undefined if they can't be read. */
  readonly hash: () => Promise<string | undefined>;
}

/** An image, and what it says of itself. */
export interface KnownImage {
  readonly answer: Answer;
  /** Folder of this machine with the SDK's byte code for its Python; undefined: there is none. */
  readonly bytecode: string | undefined;
}

/** Answers of images that were not used for long go first. */
const MOST_ANSWERS = 200;
/** Docker's, of a program that is not there. */
const NOT_RUN = 127;
/** How engines and their runtimes refuse an image that is to blame for it: it has no such program, or no such user. */
const OF_IMAGE = /executable file|no such file or directory|exec format error|unable to find user/i;
const PATIENCE_MILLISECONDS = 60_000;

type Answer = PythonAnswer | NodeAnswer;

/** Asks images who they are, each once: the answer is kept in the state folder under the id of its content. */
export class ImageQuestions {
  readonly #state: StateFolder;
  readonly #sdk: MountedSdk | undefined;

  constructor(state: StateFolder, sdk: MountedSdk | undefined) {
    this.#state = state;
    this.#sdk = sdk;
  }

  /** Undefined if it has not been asked yet. */
  async known(spec: PluginSpec, image: ImageFacts): Promise<KnownImage | undefined> {
    const answer = readAnswers<Answer>(this.#file)[keyOf(spec, image)];
    if (!questionFor(spec).isAnswer(answer)) return undefined;
    const bytecode = await this.#bytecodeOf(spec, image);
    // Somebody may have cleared it away; an image without any is asked once a start, and starts more slowly.
    return bytecode === undefined || (await isFilled(bytecode)) ? { answer, bytecode } : undefined;
  }

  /** @throws BulkheadError `IMAGE_WITHOUT_PYTHON`, `IMAGE_WITHOUT_NODE`; `ENGINE_FAILED` when the engine can run no container; and as the engine */
  async ask(
    spec: PluginSpec,
    name: string,
    image: ImageFacts,
    engine: ContainerEngine,
    signal: AbortSignal,
  ): Promise<KnownImage> {
    const known = await this.known(spec, image);
    if (known !== undefined) return known;
    const bytecode = await this.#bytecodeOf(spec, image);
    const answer =
      bytecode === undefined
        ? await this.#ask({ spec, name, image, bytecode }, engine, signal)
        : await filling(bytecode, (folder) => this.#ask({ spec, name, image, bytecode: folder }, engine, signal));
    this.#keep(keyOf(spec, image), answer);
    return { answer, bytecode: bytecode !== undefined && (await isFilled(bytecode)) ? bytecode : undefined };
  }

  async #ask({ spec, name, image, bytecode }: Asked, engine: ContainerEngine, signal: AbortSignal): Promise<Answer> {
    const question = questionFor(spec);
    const limited = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MILLISECONDS)]);
    const user = containerUser(image.Config?.User, await engine.facts(limited));
    const mounts: readonly Mount[] = [
      ...(this.#sdk === undefined || bytecode === undefined ? [] : [{ source: this.#sdk.folder, target: SDK_INSIDE }]),
      ...(bytecode === undefined ? [] : [{ source: bytecode, target: BYTECODE_INSIDE, isWritable: true }]),
    ];
    const request = (program: string) => ({
      Image: image.Id,
      Entrypoint: [program],
      Cmd: question.args(spec.launch.entryPoint),
      User: user,
      Labels: ownLabels(spec.id, { 'bulkhead.role': 'question' }),
      HostConfig: {
        NetworkMode: 'none',
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges'],
        LogConfig: { Type: 'none' },
        Mounts: asMounts(mounts),
      },
    });
    let reason = '';
    for (const program of question.programs) {
      const run = await attempt(() =>
        runOnce(engine, `bulkhead-question-${randomBytes(6).toString('hex')}`, request(program), limited),
      );
      if (run instanceof EngineRefusal) {
        if (!OF_IMAGE.test(run.message))
          throw new BulkheadError(
            'ENGINE_FAILED',
            { task: `try the image ${name}`, reason: asReason(run.message) },
            { cause: run },
          );
        reason ||= run.message;
        continue;
      }
      const answer = run.status === 0 ? readAnswer(question, run.stdout) : undefined;
      if (answer !== undefined) return answer;
      reason = asReason(run.stderr.trim().split('\n').at(-1) || `${program} exited with status ${run.status}`);
      if (run.status !== NOT_RUN) break;
    }
    throw question.without({ plugin: spec.id, image: name, reason: visibleText(reason) });
  }

  #keep(key: string, answer: Answer): void {
    const { [key]: _, ...others }: Answers<Answer> = readAnswers<Answer>(this.#file);
    const kept = [...Object.entries(others), [key, answer] as const].slice(-MOST_ANSWERS);
    keepAnswers(this.#file, Object.fromEntries(kept));
  }

  get #file(): string {
    return join(this.#state.answers, 'images.json');
  }

  /** Node keeps none. */
  async #bytecodeOf({ environment }: PluginSpec, image: ImageFacts): Promise<string | undefined> {
    if (environment.language === 'node') return undefined;
    const hash = await this.#sdk?.hash();
    return hash === undefined ? undefined : join(this.#state.bytecode, `${shortId(image)}-${hash}`);
  }
}

interface Asked {
  readonly spec: PluginSpec;
  readonly name: string;
  readonly image: ImageFacts;
  readonly bytecode: string | undefined;
}

/** Enough of the hash to tell images apart, as Docker shows it. */
export function shortId({ Id }: ImageFacts): string {
  return Id.replace(/^sha256:/, '').slice(0, 32);
}

function questionFor({ environment }: PluginSpec): ImageQuestion<Answer> {
  return environment.language === 'node' ? NODE_QUESTION : PYTHON_QUESTION;
}

function keyOf({ environment, launch: { entryPoint } }: PluginSpec, image: ImageFacts): string {
  return `${image.Id}|${environment.language}|${entryPoint.file ?? entryPoint.module ?? ''}`;
}

async function attempt(run: () => Promise<ShortRun>): Promise<ShortRun | EngineRefusal> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof EngineRefusal) return error;
    throw error;
  }
}

/**
 * Lets a container fill a folder that appears under its name when it is done. Each has one of its own meanwhile: several plugins,
 * and several hosts, may ask one image at the same time. The first counts.
 */
async function filling<Filled>(folder: string, fill: (own: string) => Promise<Filled>): Promise<Filled> {
  const own = `${folder}.${randomBytes(6).toString('hex')}`;
  await mkdir(own, { recursive: true });
  try {
    await chmod(own, 0o777); // whoever the container runs as; the folders above are closed to all others
    const answer = await fill(own);
    await chmod(own, 0o755);
    await rename(own, folder).catch(() => undefined); // another was first
    return answer;
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

async function isFilled(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(() => [])).length > 0;
}

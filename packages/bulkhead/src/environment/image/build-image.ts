import type { IncomingMessage } from 'node:http';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { ContainerEngine } from '../../engine/container-engine.ts';
import { EngineRefusal } from '../../engine/engine-connection.ts';
import { jsonLines } from '../../engine/json-lines.ts';
import { asReason } from '../../errors/as-reason.ts';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { isRecord } from '../../lifecycle/is-record.ts';
import { LineSplitter } from '../../lifecycle/line-splitter.ts';
import { visibleLine } from '../../lifecycle/visible-text.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import type { ProgressReporter } from '../build/progress-reporter.ts';
import type { BuildContext } from './build-context.ts';
import { type BuildStep, lineOfStep, readStep } from './dockerfile-steps.ts';
import { tarArchive } from './tar-archive.ts';

export interface ImageBuild {
  readonly spec: PluginSpec;
  readonly context: BuildContext;
  /** The name that the image gets. */
  readonly tag: string;
  /** Whether the engine is to take nothing from earlier builds. */
  readonly isFresh: boolean;
}

const KEPT_LINES = 20;
const LONGEST_LINE = 500;
const UNREACHABLE =
  /no such host|server misbehaving|failure in name resolution|dial tcp|pull access denied|manifest unknown/i;

/** Builds a plugin's Dockerfile. @throws BulkheadError `IMAGE_BUILD_FAILED`, and as the engine */
export async function buildImage(
  { spec, context, tag, isFresh }: ImageBuild,
  engine: ContainerEngine,
  reporter: ProgressReporter,
  signal: AbortSignal,
): Promise<void> {
  reporter.tell('building', `building the image ${tag}: ${context.entries.length} files`);
  const query = {
    t: tag,
    forcerm: '1', // or the container of a step that failed would stay
    ...(isFresh ? { nocache: '1', pull: '1' } : {}),
  };
  const output = new BuildOutput(reporter);
  let failure: string | undefined;
  try {
    failure = await output.follow(await engine.build(tarArchive(context.entries), query, signal), signal);
  } catch (error) {
    if (!(error instanceof EngineRefusal)) throw error;
    failure = error.message;
  }
  if (failure !== undefined) throw await failed(spec, output, failure);
}

/** What the builder says, line by line. */
class BuildOutput {
  readonly #reporter: ProgressReporter;
  /** The instruction that it works on. */
  step: BuildStep | undefined;
  /** What was said since. */
  lines: string[] = [];
  /** A program may write a line in pieces, and each comes by itself. */
  readonly #splitter = new LineSplitter();

  constructor(reporter: ProgressReporter) {
    this.#reporter = reporter;
  }

  /** @returns why it failed, in the builder's words; undefined: it did not */
  async follow(answer: IncomingMessage, signal: AbortSignal): Promise<string | undefined> {
    let isEmpty = true;
    for await (const each of jsonLines(answer)) {
      isEmpty = false;
      if (!isRecord(each)) continue;
      if (typeof each['error'] === 'string') {
        for (const line of this.#splitter.end()) this.#say(line);
        return each['error'];
      }
      if (typeof each['stream'] === 'string') this.#write(each['stream']);
      else if (typeof each['status'] === 'string' && each['progress'] === undefined)
        this.#reporter.tell('downloading', visibleLine(each['status'], LONGEST_LINE));
    }
    signal.throwIfAborted();
    return isEmpty || !answer.complete ? 'the engine went away' : undefined;
  }

  #write(written: string): void {
    for (const line of this.#splitter.push(Buffer.from(written))) this.#say(line);
  }

  #say(written: string): void {
    const line = visibleLine(stripVTControlCharacters(written).trimEnd(), LONGEST_LINE);
    if (line === '') return;
    const step = readStep(line);
    if (step !== undefined) {
      this.step = step;
      this.lines = [];
      this.#reporter.tell('building', line);
      return;
    }
    this.lines.push(line);
    if (this.lines.length > KEPT_LINES) this.lines.shift();
  }
}

async function failed(
  { id, folder }: PluginSpec,
  { step, lines }: BuildOutput,
  failure: string,
): Promise<BulkheadError> {
  const file = join(folder, 'Dockerfile');
  const text = await readFile(file, 'utf8').catch(() => '');
  const line = step === undefined ? undefined : lineOfStep(text, step);
  return new BulkheadError('IMAGE_BUILD_FAILED', {
    plugin: id,
    file: line === undefined ? file : `${file}:${line}`,
    step: step?.text,
    reason: asReason(visibleLine(stripVTControlCharacters(failure).trim(), LONGEST_LINE)),
    lastLines: lines,
    cure: UNREACHABLE.test(failure) ? BASE_IMAGE : undefined,
  });
}

const BASE_IMAGE =
  'The engine does not have that image, and no registry can be reached that does: pull or load it first, or mend its name.';

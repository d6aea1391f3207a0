import { PassThrough, type Readable } from 'node:stream';
import type { ContainerEngine } from '../../engine/container-engine.ts';
import { type ContainerStreams, separate } from '../../engine/output-frames.ts';
import { wait } from '../../lifecycle/wait.ts';

const PAUSE_MILLISECONDS = 200;

/**
 * What a container writes, from before its start to its end. An engine that is restarted breaks the stream off while the plugin
 * goes on: then it is taken up again; what was written in between is lost.
 */
export class ContainerOutput implements ContainerStreams {
  readonly stdout: PassThrough = new PassThrough();
  readonly stderr: PassThrough = new PassThrough();
  readonly #engine: ContainerEngine;
  readonly #id: string;
  #hasEnded = false;

  private constructor(engine: ContainerEngine, id: string) {
    this.#engine = engine;
    this.#id = id;
  }

  /** To be called before the container is started. @throws BulkheadError as the engine */
  static async attach(engine: ContainerEngine, id: string, signal: AbortSignal): Promise<ContainerOutput> {
    const output = new ContainerOutput(engine, id);
    const socket = await engine.attach(id, signal, true);
    void output.#follow(separate(socket));
    return output;
  }

  /** To be called when the container has exited: nothing is taken up again. */
  ended(): void {
    this.#hasEnded = true;
  }

  async #follow(first: ContainerStreams): Promise<void> {
    const lasting = new AbortController();
    let streams: ContainerStreams | undefined = first;
    while (streams !== undefined) {
      const both: ContainerStreams = streams;
      await Promise.all([pour(both.stdout, this.stdout), pour(both.stderr, this.stderr)]);
      streams = undefined;
      while (streams === undefined && !this.#hasEnded) {
        await wait(PAUSE_MILLISECONDS, lasting.signal);
        if (!this.#hasEnded) streams = await this.#again(lasting.signal);
      }
    }
    this.stdout.end();
    this.stderr.end();
  }

  async #again(signal: AbortSignal): Promise<ContainerStreams | undefined> {
    try {
      return separate(await this.#engine.attach(this.#id, signal, true));
    } catch {
      return undefined; // the engine is away still, or the container is gone, which its exit will tell
    }
  }
}

async function pour(from: Readable, into: PassThrough): Promise<void> {
  for await (const chunk of from) if (!into.write(chunk)) await new Promise((resolve) => into.once('drain', resolve));
}

import type { ContainerEngine, ContainerRequest } from './container-engine.ts';
import { separate } from './output-frames.ts';
import type { Readable } from 'node:stream';

/** How a container ended that had one short thing to do. */
export interface ShortRun {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const MOST_BYTES = 1024 * 1024;
const REMOVAL_MILLISECONDS = 10_000;

/**
 * Runs a container to its end, and removes it.
 *
 * @throws EngineRefusal when the engine does not take the request or can't run the program; BulkheadError as the engine
 */
export async function runOnce(
  engine: ContainerEngine,
  name: string,
  request: ContainerRequest,
  signal: AbortSignal,
): Promise<ShortRun> {
  const id = await engine.create(name, request, signal);
  try {
    const streams = separate(await engine.attach(id, signal, false));
    const texts = Promise.all([textOf(streams.stdout), textOf(streams.stderr)]);
    const exited = engine.wait(id, 'next-exit', signal, false);
    exited.catch(() => undefined); // the start may fail first
    await engine.start(id, signal);
    const status = await exited;
    const [stdout, stderr] = await texts;
    return { status, stdout, stderr };
  } finally {
    await engine.remove(id, AbortSignal.timeout(REMOVAL_MILLISECONDS)).catch(() => undefined);
  }
}

/** Reads all, and keeps the beginning. */
async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (size < MOST_BYTES) chunks.push(chunk);
    size += chunk.length;
  }
  return Buffer.concat(chunks).toString();
}

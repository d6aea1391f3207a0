import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { ClientReadableStream, ServiceError } from '@grpc/grpc-js';
import type { GoPluginOutput } from '../../launcher/running-instance.ts';
import type { Grpc } from '../grpc-client.ts';
import type { BytesClient } from '../typed/bytes-client.ts';
import { readStdioData } from './stdio-data.ts';

/** What each server of go-plugin is asked for its health by. */
export const HEALTH_SERVICE = 'plugin';

const STREAM_STDIO = '/plugin.GRPCStdio/StreamStdio';
const SHUTDOWN = '/plugin.GRPCController/Shutdown';
const EMPTY = Buffer.alloc(0);

/** What a server of go-plugin serves beside the service of the plugin itself. */
export class ServerServices {
  readonly #client: BytesClient;
  readonly #grpc: Grpc;
  readonly #streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  #stdio: ClientReadableStream<Buffer> | undefined;

  constructor(client: BytesClient, grpc: Grpc) {
    this.#client = client;
    this.#grpc = grpc;
  }

  /** Passes on what the plugin prints: the server keeps that to itself, and gives it to one reader. */
  follow(output: GoPluginOutput): void {
    const stdio = this.#client.stream(STREAM_STDIO, EMPTY);
    this.#stdio = stdio;
    stdio.on('error', () => undefined); // it has none, or is gone, which others find out
    const streams = this.#streams;
    output('stdout', streams.stdout);
    output('stderr', streams.stderr);
    stdio.on('data', (message: Buffer) => {
      const data = readStdioData(message);
      if (data === undefined || streams[data.stream].writableEnded || streams[data.stream].write(data.bytes)) return;
      stdio.pause();
      void once(streams[data.stream], 'drain').then(() => stdio.resume());
    });
    stdio.once('end', () => this.#endStreams());
  }

  /** @returns whether it ends by itself now */
  async shutDown(): Promise<boolean> {
    try {
      await this.#client.ask(SHUTDOWN, EMPTY);
      return true;
    } catch (error) {
      // it stops at once, with the connection that it would answer on: only that the method is missing tells otherwise
      return (error as ServiceError).code !== this.#grpc.status.UNIMPLEMENTED;
    }
  }

  close(): void {
    this.#stdio?.cancel();
    this.#endStreams();
  }

  #endStreams(): void {
    for (const stream of Object.values(this.#streams)) if (!stream.writableEnded) stream.end();
  }
}

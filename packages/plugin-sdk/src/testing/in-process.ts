import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import type { Duplex, Readable } from 'node:stream';
import { FrameDecoder, type PluginMessage } from '@bulkhead/protocol';
import { framed } from '../wire/framed.ts';
import { Conversation } from './conversation.ts';
import type { FakeHost } from './fake-host.ts';

/** How a process is started that serves a plugin. */
export interface ProcessStart {
  /** The plugin's file. */
  readonly file: string;
  /** The folder whose node_modules has its packages; that of the file unless given. */
  readonly packages?: string | undefined;
  /** Arguments of Node, such as `--experimental-strip-types`. */
  readonly nodeOptions?: readonly string[] | undefined;
}

/** A plugin in a process of its own, as a host starts it. */
export class PluginProcess {
  readonly conversation: Conversation;
  /** What it has written to standard output and standard error. */
  output = '';
  readonly #child: ChildProcess;

  constructor({ file, packages = dirname(file), nodeOptions = [] }: ProcessStart, host: FakeHost) {
    const options = ['--plugin', basename(file), '--folder', dirname(file), '--entry-point', basename(file)];
    this.#child = spawn(
      process.execPath,
      [...nodeOptions, bootstrapFile(), ...options, '--prefix', packages, '--endpoint', 'fd:3,4', '--lifeline', 'fd:5'],
      {
        cwd: dirname(file),
        stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
        detached: process.platform !== 'win32',
      },
    );
    const [, stdout, stderr, data, control] = this.#child.stdio as unknown as [
      null,
      Readable,
      Readable,
      Duplex,
      Duplex,
    ];
    for (const stream of [stdout, stderr]) stream.on('data', (chunk: Buffer) => (this.output += String(chunk)));
    for (const stream of [data, control]) stream.on('error', () => {}); // its exit says more
    this.conversation = new Conversation(data, (message) => void control.write(framed(message)), host);
    const decoder = new FrameDecoder({
      frame: (message) => this.conversation.receive(message as unknown as PluginMessage),
      refused: () => {},
    });
    control.on('data', (chunk: Buffer) => decoder.push(chunk));
    this.#child.once('close', (code, signal) =>
      this.conversation.lost(`the plugin's process ended (${signal ?? `status ${code}`})\n${this.output}`.trimEnd()),
    );
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Resolves when it has exited. */
  get ended(): Promise<unknown> {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
      ? Promise.resolve()
      : once(this.#child, 'close');
  }
}

/** By the name of this package: it lies elsewhere than this file where that is not bundled. */
function bootstrapFile(): string {
  const own = createRequire(import.meta.url).resolve('@bulkhead/plugin-sdk/package.json');
  return join(dirname(own), 'dist', 'plugin-sdk', 'bootstrap.js');
}

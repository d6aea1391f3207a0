import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { TestOptions } from 'vitest';
import { ContainerEngine } from '../src/engine/container-engine.ts';
import { engineAddress } from '../src/engine/engine-address.ts';
import { StateFolder } from '../src/environment/state-folder.ts';
import { messageOf } from '../src/lifecycle/message-of.ts';
import { anyPython } from './any-python.ts';
import { ask } from './ask-engine.ts';
import { imageOfFiles } from './image-of-files.ts';
import { answers, FOLDER, ownSocket, STARTED_BY, startDaemon } from './engine-daemon.ts';
import { onlyIf } from './not-run.ts';
import { TEST_HOME } from './test-home.ts';

/** What tests of the docker tier run on. */
export interface TestEngine {
  readonly engine: ContainerEngine;
  /** An image that holds a Python of this machine, and little else. */
  readonly image: string;
}

const exec = promisify(execFile);
/** Changes with what is put into the image. */
const RECIPE = 4;

/**
 * The engine of this machine; where none answers, one of our own is started, which ends with the tests. Where that can't be done
 * it answers why: then the tests are not run, which under CI is a failure.
 */
export async function testEngine(): Promise<TestEngine | string> {
  try {
    const found = await find();
    process.env['DOCKER_HOST'] = `unix://${found.engine.address.socket}`;
    return found;
  } catch (error) {
    if (process.env['CI'] === 'true') throw error;
    return `no container engine: ${messageOf(error)}`;
  }
}

/** Options of a test, or of a group, that needs the engine. */
export function onlyWith(found: TestEngine | string): TestOptions {
  return onlyIf(typeof found !== 'string', String(found));
}

async function find(): Promise<TestEngine> {
  const state = new StateFolder(TEST_HOME);
  state.ensure();
  const waiting = {
    signal: AbortSignal.timeout(100_000),
    limit: 100_000,
    onWait: () => {},
    onTooLong: () => new Error('the engine of the tests is being started for too long'),
  };
  const lock = await state.locks.take(['test-engine.lock'], 'starting an engine for the tests', waiting);
  try {
    const address = await answering();
    const engine = new ContainerEngine(address);
    return { engine, image: await quickImage(engine) };
  } finally {
    lock?.release();
  }
}

async function answering(): Promise<ContainerEngine['address']> {
  const usual = engineAddress(process.env);
  if (await answers(usual.socket)) return usual;
  const socket = ownSocket();
  const own = { socket, origin: 'The tests' };
  if (await answers(socket)) return own;
  if (process.getuid?.() !== 0) throw new Error('none answers, and only root can start one');
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(STARTED_BY, process.env['BULKHEAD_TEST_RUN'] ?? '');
  await startDaemon({ folder: FOLDER, socket });
  return own;
}

/** Made of a Python of this machine and the libraries that it needs: some seconds, and no registry of images. */
export async function quickImage(engine: ContainerEngine): Promise<string> {
  const python = await anyPython();
  const repository = 'localhost/bulkhead-test/python'; // by its full name, for Podman
  const tag = `${python.version}-${RECIPE}`;
  const signal = AbortSignal.timeout(100_000);
  if ((await engine.image(`${repository}:${tag}`, signal)) !== undefined) return `${repository}:${tag}`;
  const { stdout } = await exec(python.executable, [
    '-c',
    'import os, sys; print(sys.base_prefix); print(os.path.dirname(os.__file__))',
  ]);
  const [prefix = '', library = ''] = stdout.trim().split('\n');
  const programs = [
    ...['python', 'python3', `python${python.version.split('.').slice(0, 2).join('.')}`].map((name) =>
      join(prefix, 'bin', name),
    ),
    '/bin/sh',
    '/bin/sleep',
  ];
  const present = programs.filter((path) => existsSync(path));
  const extensions = (await exec('find', [join(library, 'lib-dynload'), '-name', '*.so'])).stdout.trim().split('\n');
  const name = `${repository}:${tag}`;
  const wanted = {
    name,
    content: [library, ...present],
    programs: [...present, ...extensions],
    path: dirname(present[0] as string),
  };
  await imageOfFiles(engine, wanted);
  return name;
}

/** Of a test that runs only with one. */
export function engineOf(found: TestEngine | string): ContainerEngine {
  if (typeof found === 'string') throw new Error(found);
  return found.engine;
}

/** What the product has no need of, such as `POST /containers/NAME/pause`. @throws Error when the engine refuses it */
export async function askEngine(
  found: TestEngine | string | ContainerEngine,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  archive?: NodeJS.ReadableStream,
): Promise<string> {
  return await ask(found instanceof ContainerEngine ? found : engineOf(found), method, path, archive);
}

/** Empty without an engine: its tests are not run then. */
export function imageOf(found: TestEngine | string): string {
  return typeof found === 'string' ? '' : found.image;
}

/** Removes all images of that name, under whatever tag. */
export async function removeImages(found: TestEngine | string, repository: string): Promise<void> {
  const query = new URLSearchParams({ filters: JSON.stringify({ reference: [repository] }) });
  const images = JSON.parse(await askEngine(found, 'GET', `/images/json?${query}`)) as { Id: string }[];
  for (const { Id } of images) await askEngine(found, 'DELETE', `/images/${Id}?force=1`);
}

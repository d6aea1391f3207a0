import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import type { PluginManagerOptions } from '../src/manager/manager-options.ts';

/** The state folder of the tests, kept between runs so that each environment is built once. Locks make sharing it safe. */
export const TEST_HOME: string = fileURLToPath(new URL('../../../.cache/test-home', import.meta.url));

export function fixture(path: string): string {
  return fileURLToPath(new URL(`fixtures/${path}`, import.meta.url));
}

/** How the instances of a test come into being. */
export type Start = 'spawn' | 'fork';

/** Over what they talk, where that is no socket. */
export interface Over {
  readonly transport: string;
}

/** What of Python a transport needs. */
const NEEDED: Readonly<Record<string, string>> = { zeromq: 'pyzmq', grpc: 'grpcio' };

/** Where they run: on this machine, or in containers of an image. */
export interface Contained {
  readonly start: Start;
  readonly image: string;
}

/**
 * Copies a fixture's registry, with all plugins to be started so that name no isolation, into a folder that the caller removes.
 * Answers the file.
 */
export async function startedBy(start: Start | Contained | Over, registry: string): Promise<string> {
  const text = await readFile(fixture(registry), 'utf8');
  const copy = join(await mkdtemp(join(tmpdir(), 'bulkhead-registry-')), registry);
  const plugins = text
    .replaceAll('path: plugins/', `path: ${fixture('plugins/')}`)
    .replaceAll(/\{ id:(?!.*isolation:).*/g, (plugin) => startedSo(start, plugin));
  await writeFile(copy, plugins);
  return copy;
}

/** @param plugin the rest of its line, from the brace on */
function startedSo(start: Start | Contained | Over, plugin: string): string {
  const started = plugin.replace('{', `{ ${fieldsOf(start)},`);
  const needed = typeof start === 'string' || !('transport' in start) ? undefined : NEEDED[start.transport];
  if (needed === undefined) return started;
  const needs = 'dependencies: [';
  return started.includes(needs)
    ? started.replace(needs, `${needs}${needed}, `)
    : started.replace('{', `{ ${needs}${needed}],`);
}

function fieldsOf(start: Start | Contained | Over): string {
  if (typeof start === 'string') return `start: ${start}`;
  return 'image' in start
    ? `start: ${start.start}, isolation: docker, image: "${start.image}"`
    : `transport: ${start.transport}`;
}

/** Options of a manager, and the log lines that it writes. */
export function observed(): { options: PluginManagerOptions; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { options: { home: TEST_HOME, logger: pino({ level: 'trace' }, { write }) }, lines };
}

import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { isSeq, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';
import type { PluginManagerOptions } from '../src/manager/manager-options.ts';

/** The state folder of the tests, kept between runs so that each environment is built once. Locks make sharing it safe. */
export const TEST_HOME: string = fileURLToPath(new URL('../../../.cache/test-home', import.meta.url));

export function fixture(path: string): string {
  return fileURLToPath(new URL(`fixtures/${path}`, import.meta.url));
}

/** How the instances of a test come into being. */
export type Start = 'spawn' | 'fork';

/** Over what they talk, and what of Python that takes. */
export interface Over {
  readonly isolation?: 'thread';
  readonly transport?: string;
  readonly dependencies?: readonly string[];
}

/** Where they run: on this machine, or in containers of an image. */
export interface Contained {
  readonly start: Start;
  readonly image: string;
}

/** Sharing a process with each other. */
export const IN_THREADS: Over = { isolation: 'thread' };

/** Who says one of these is about that way to start. */
const OWN_WAYS = ['isolation', 'start', 'transport'];

/**
 * Copies a fixture's registry, line by line, with all plugins to be started so that say nothing of it themselves, into a folder that
 * the caller removes. Of a fixture's folder it makes a registry of that plugin. Answers the file.
 */
export async function startedBy(start: Start | Contained | Over, registry: string): Promise<string> {
  const isFolder = !registry.endsWith('.yaml');
  const text = isFolder
    ? `plugins: [{ id: ${basename(registry)}, path: ${registry} }]`
    : await readFile(fixture(registry), 'utf8');
  const declared = parseDocument(text);
  for (const plugin of (declared.get('plugins') as YAMLSeq<YAMLMap>).items) {
    if (!OWN_WAYS.some((field) => plugin.has(field)))
      for (const [field, value] of Object.entries(fieldsOf(start))) extend(plugin, field, value);
    plugin.set('path', fixture(String(plugin.get('path'))));
  }
  const copy = join(await mkdtemp(join(tmpdir(), 'bulkhead-registry-')), isFolder ? 'plugins.yaml' : registry);
  await writeFile(copy, declared.toString({ lineWidth: 0 }));
  return copy;
}

function fieldsOf(start: Start | Contained | Over): Readonly<Record<string, unknown>> {
  if (typeof start === 'string') return { start };
  return 'image' in start ? { ...start, isolation: 'docker' } : { ...start };
}

/** Lists grow by what is in `value`. */
function extend(plugin: YAMLMap, field: string, value: unknown): void {
  const there = plugin.get(field);
  if (isSeq(there) && Array.isArray(value)) for (const each of value) there.add(each);
  else plugin.set(field, value);
}

/** Options of a manager, and the log lines that it writes. */
export function observed(): { options: PluginManagerOptions; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { options: { home: TEST_HOME, logger: pino({ level: 'trace' }, { write }) }, lines };
}

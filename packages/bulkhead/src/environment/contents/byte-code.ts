import { rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { runBuilder } from '../build/builder-process.ts';
import { contentOf } from './content-of.ts';
import { stateOf } from './files-of.ts';
import type { HeldFile, Inventory } from './inventory.ts';

/** The name of the folders in which Python, and some packages, keep what they have made of the code beside it. */
const FOLDER = '__pycache__';

/**
 * Compiles modules without running them, and says of each the place of its byte code among the arguments, the hash of what was compiled,
 * and that of what was written. What is not byte code of this Python, or has no module that can be compiled, is left out. The bytes are
 * hashed before they are anybody's to change.
 */
const SCRIPT = `
import hashlib, json, sys
from importlib import _bootstrap_external as external
from importlib.util import cache_from_source, source_from_cache
for index, path in enumerate(sys.argv[1:]):
    try:
        source = source_from_cache(path)
        if cache_from_source(source, optimization="") != path:
            continue
        loader = external.SourceFileLoader("", source)
        stats = loader.path_stats(source)
        text = loader.get_data(source)
        code = loader.source_to_code(text, source)
        data = bytes(external._code_to_timestamp_pyc(code, stats["mtime"], stats["size"]))
        external._write_atomic(path, data, external._calc_mode(source))
    except Exception:
        continue
    print(json.dumps([index, hashlib.sha256(text).hexdigest(), hashlib.sha256(data).hexdigest()]))
`;
/** A command line holds a few hundred KiB at least. */
const PATHS_EACH = 500;
const PATIENCE = 300_000;

export function isKeptBesideCode(path: string): boolean {
  return basename(dirname(path)) === FOLDER;
}

/** Where byte code is made anew. */
export interface ByteCodePlace {
  readonly prefix: string;
  /** Executable of the base interpreter; undefined: it is no environment of Python. */
  readonly python: string | undefined;
  /** The modules in it that are as they were built. */
  readonly modules: Inventory;
}

/**
 * Makes byte code anew that somebody else than the host has written, and removes what else lies beside it: all of it can be made of the
 * modules.
 *
 * @param paths from the environment on
 * @returns what there is now. @throws the file system's error; the signal's reason
 */
export async function makeByteCodeAnew(
  place: ByteCodePlace,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<Inventory> {
  for (const path of paths) rmSync(join(place.prefix, path), { force: true });
  const made = new Map<string, HeldFile>();
  const wanted = paths.filter((path) => place.modules.has(moduleOf(path)));
  for (let first = 0; first < wanted.length; first += PATHS_EACH)
    for (const [path, file] of await compile(place, wanted.slice(first, first + PATHS_EACH), signal))
      made.set(path, file);
  return made;
}

async function compile(
  { prefix, python, modules }: ByteCodePlace,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<readonly (readonly [path: string, file: HeldFile])[]> {
  if (python === undefined) return [];
  const { stdout } = await runBuilder({
    file: python,
    args: ['-I', '-S', '-c', SCRIPT, ...paths.map((path) => join(prefix, path))],
    cwd: prefix,
    variables: {},
    signal,
    limit: PATIENCE,
  });
  const compiled = stdout
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as [number, string, string]]));
  const made: (readonly [string, HeldFile])[] = [];
  for (const [index, compiledText, written] of compiled) {
    const path = paths[index] ?? '';
    const state = stateOf(prefix, path);
    const content = await contentOf(join(prefix, path));
    // a plugin that runs may have written either of them meanwhile
    const isOurs = content === written && modules.get(moduleOf(path))?.content === compiledText;
    if (state !== undefined && isOurs) made.push([path, { state, content }]);
  }
  return made;
}

/** `a/__pycache__/b.cpython-311.pyc` is made of `a/b.py`. */
function moduleOf(path: string): string {
  const name = `${basename(path).split('.')[0]}.py`;
  const folder = dirname(dirname(path));
  return folder === '.' ? name : `${folder}/${name}`;
}

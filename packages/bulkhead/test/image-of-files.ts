import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { ContainerEngine } from '../src/engine/container-engine.ts';
import { ask } from './ask-engine.ts';

/** An image of this machine's own files. */
export interface WantedImage {
  readonly name: string;
  /** Absolute paths of files and folders. */
  readonly content: readonly string[];
  /** Those whose libraries it needs as well; they are its content, or lie in it. */
  readonly programs: readonly string[];
  /** Where its programs are looked for before the usual folders. */
  readonly path: string;
}

/** Some seconds, and no registry of images. */
export async function imageOfFiles(
  engine: ContainerEngine,
  { name, programs, path, ...wanted }: WantedImage,
): Promise<void> {
  const content = [...wanted.content, ...(await sharedLibraries(programs))];
  const staging = await mkdtemp(join(tmpdir(), 'bulkhead-image-'));
  try {
    await mkdir(join(staging, 'etc'));
    await writeFile(join(staging, 'etc', 'passwd'), 'root:x:0:0::/root:/bin/sh\n');
    await mkdir(join(staging, 'tmp'));
    await chmod(join(staging, 'tmp'), 0o1777);
    await chmod(staging, 0o755); // it becomes the image's root
    const left = ['test', 'idlelib', 'site-packages', 'dist-packages', 'config-3*', '*.a', '*.opt-?.pyc'];
    const archive = spawn(
      'tar',
      [
        '-chf',
        '-',
        '--owner=0',
        '--group=0',
        '--mode=a+rX',
        ...left.map((name) => `--exclude=${name}`),
        '-C',
        '/',
        '--no-recursion',
        ...foldersAbove(content),
        '--recursion',
        ...content.map((path) => path.slice(1)),
        '-C',
        staging,
        '.',
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const query = new URLSearchParams({
      fromSrc: '-',
      repo: name,
      changes: `ENV PATH=${path}:/usr/bin:/bin`,
    });
    await ask(engine, 'POST', `/images/create?${query}`, archive.stdout);
  } finally {
    await rm(staging, { recursive: true });
  }
}

/** An engine may make those that an archive does not have, and let nobody in. */
function foldersAbove(paths: readonly string[]): readonly string[] {
  const folders = new Set<string>();
  for (const path of paths)
    for (let above = dirname(path); above !== '/'; above = dirname(above)) folders.add(above.slice(1));
  return [...folders].toSorted();
}

async function sharedLibraries(files: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)('ldd', [...files], { maxBuffer: 64 * 1024 * 1024 }).catch(
    (error: { stdout: string }) => error,
  );
  const paths = stdout.split('\n').flatMap((line) => /(?:=> )?(\/\S+) \(0x/.exec(line)?.[1] ?? []);
  const threads = paths.map((path) => join(dirname(path), 'libpthread.so.0')).filter((path) => existsSync(path));
  return [...new Set([...paths, ...threads])];
}

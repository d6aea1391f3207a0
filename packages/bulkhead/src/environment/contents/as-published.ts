import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Inventory } from './inventory.ts';

/** The list of its files that comes with a package: their paths from site-packages on, and the hashes of most. */
const LIST = /(?:^|\/)[^/]+\.dist-info\/RECORD$/;
const LINE = /^(?:"((?:[^"]|"")*)"|([^",]*)),sha256=([\w-]+),/;

/**
 * The files that are not as their packages list them. uv links files from its cache into environments, so whoever writes into one may
 * have changed the cache, and all environments that are made of it.
 */
export async function unlikePublished(prefix: string, inventory: Inventory): Promise<string[]> {
  const lists = [...inventory.keys()].filter((path) => LIST.test(path));
  const unlike = await Promise.all(
    lists.map(async (list) => {
      const sitePackages = posix.dirname(posix.dirname(list));
      const listed = hashesIn(await readFile(join(prefix, list), 'utf8'));
      return listed.map(([path, hash]) => [posix.join(sitePackages, path), hash] as const);
    }),
  );
  return unlike.flat().flatMap(([path, hash]) => {
    const content = inventory.get(path)?.content;
    return content === undefined || content === hash ? [] : [path];
  });
}

function hashesIn(list: string): (readonly [path: string, hash: string])[] {
  return list.split(/\r?\n/).flatMap((line) => {
    const [, quoted, plain = quoted?.replaceAll('""', '"'), hash = ''] = LINE.exec(line) ?? [];
    return plain === undefined ? [] : [[plain, Buffer.from(hash, 'base64url').toString('hex')] as const];
  });
}

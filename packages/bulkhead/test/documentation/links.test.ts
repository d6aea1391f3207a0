import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchorsOf, linksOf } from './markdown.ts';
import { markdownFiles, REPOSITORY, textOf } from './repository.ts';

describe.each(markdownFiles())('%s', (page) => {
  it('has links that lead somewhere', () => {
    expect(linksOf(textOf(page)).flatMap((target) => problemOf(page, target) ?? [])).toEqual([]);
  });

  it('names scripts that there are', () => {
    const named = [...textOf(page).matchAll(/\bnpm run ([\w:-]+)/g)].map(([, script]) => script);
    expect(named.filter((script) => script === undefined || !(script in SCRIPTS))).toEqual([]);
  });
});

const SCRIPTS = (JSON.parse(textOf('package.json')) as { scripts: Record<string, string> }).scripts;

function problemOf(page: string, target: string): string | undefined {
  if (/^[a-z][a-z+.-]*:/i.test(target)) return URL.canParse(target) ? undefined : `${target} is no address`;
  const [path = '', anchor] = decodeURI(target).split('#');
  const file = path === '' ? page : normalize(join(dirname(page), path));
  if (file.startsWith('..') || !existsSync(join(REPOSITORY, file))) return `${target}: there is no ${file}`;
  if (anchor === undefined || anchor === '') return undefined;
  if (statSync(join(REPOSITORY, file)).isDirectory() || !file.endsWith('.md'))
    return `${target}: only pages have anchors`;
  return anchorsOf(textOf(file)).has(anchor) ? undefined : `${target}: ${file} has no heading "${anchor}"`;
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { githubAnchor } from '../site/anchors.js';
import { brokenLinks } from '../site/broken-links.js';
import { forSite, sidebarOf, siteImages, sitePages } from '../site/pages.js';

const PAGES = new Map([
  ['README.md', 'index.md'],
  ['docs/errors.md', 'errors.md'],
  ['docs/recipes/images.md', 'recipes/images.md'],
  ['docs/images/one.svg', 'images/one.svg'],
]);

test.each([
  ['README.md', 'see [errors](docs/errors.md#a_b)', 'see [errors](errors.md#a_b)'],
  ['docs/errors.md', '[a\n`b`](recipes/images.md)', '[a\n`b`](recipes/images.md)'],
  ['docs/recipes/images.md', '[up](../errors.md), [home](../../README.md)', '[up](../errors.md), [home](../index.md)'],
  ['README.md', '![one](docs/images/one.svg)', '![one](./images/one.svg)'],
  ['docs/recipes/images.md', '![one](../images/one.svg)', '![one](../images/one.svg)'],
  ['docs/errors.md', '[`Source`](../packages/a.ts) is left', '`Source` is left'],
  ['docs/errors.md', '[here](#x) [there](https://a.org/b)', '[here](#x) [there](https://a.org/b)'],
  ['docs/errors.md', '`[a](b)` and\n```ts\nlet [c](d);\n```\n', '`[a](b)` and\n```ts\nlet [c](d);\n```\n'],
])('a link of %s leads to the page of the site: %s', (path, text, expected) => {
  expect(forSite(text, path, PAGES)).toBe(expected);
});

test('the sidebar has the groups of the list, in its order', () => {
  const list =
    '# Documentation\n\n## Start\n\n| page | |\n| --- | --- |\n| [Errors](errors.md) | codes |\n\n## Recipes\n\n| [Images](recipes/images.md) | bytes |\n';
  expect(sidebarOf(list, PAGES).slice(0, 2)).toEqual([
    { text: 'Start', items: [{ text: 'Errors', link: '/errors' }] },
    { text: 'Recipes', items: [{ text: 'Images', link: '/recipes/images' }] },
  ]);
});

test('the site has the images of docs', () => {
  expect(siteImages(new URL('../../', import.meta.url)).get('docs/images/one-call.svg')).toBe('images/one-call.svg');
});

test('the site has every page of docs, and no two under one name', () => {
  const pages = sitePages(new URL('../../', import.meta.url));
  expect(pages.get('docs/errors.md')).toBe('errors.md');
  expect(new Set([...pages.values()].map((page) => page.toLowerCase())).size).toBe(pages.size);
});

test('an anchor is what GitHub makes of the heading', () => {
  expect(githubAnchor('A `b_c`: d!'.replaceAll('`', ''))).toBe('a-b_c-d');
});

test('links of the built site that lead nowhere are told', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-site-'));
  try {
    mkdirSync(join(folder, 'recipes'));
    writeFileSync(
      join(folder, 'index.html'),
      '<a href="/recipes/a.html#x">a</a> <a href="/b">b</a> <a href="https://c.org/d">c</a>',
    );
    writeFileSync(
      join(folder, 'recipes', 'a.html'),
      '<h2 id="x"></h2> <a class="y" href="../#z">z</a> <a href="../index">i</a>',
    );
    expect(brokenLinks(folder, '/docs/')).toEqual([
      'index.html: /recipes/a.html#x leads out of the site',
      'index.html: /b leads out of the site',
      'recipes/a.html: index.html has no "z", to which ../#z leads',
    ]);
    expect(brokenLinks(folder).toSorted()).toEqual([
      'index.html: there is no /b',
      'recipes/a.html: index.html has no "z", to which ../#z leads',
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

// Makes the documentation a static site, in site/dist: `npm run site`; `npm run site -- --serve` shows it. SITE_BASE is the path that it
// will be served below, such as `/bulkhead/`. What it takes is installed by this script and not with the repository: a hundred
// megabytes that nothing else needs.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPackages } from './install-packages.js';
import { must } from './run.js';
import { brokenLinks } from './site/broken-links.js';
import { forSite, sidebarOf, siteImages, sitePages } from './site/pages.js';

const root = new URL('../', import.meta.url);
const site = new URL('site/', root);
const vitepress = fileURLToPath(new URL('node_modules/vitepress/bin/vitepress.js', site));

await installPackages(fileURLToPath(site), ['--ignore-scripts']);
writePages();
await must(process.execPath, [vitepress, 'build', fileURLToPath(site)]);
const broken = brokenLinks(fileURLToPath(new URL('dist', site)), process.env['SITE_BASE']);
for (const link of broken) console.error(link);
if (broken.length > 0) process.exit(1);
console.log('The site is in site/dist. `npm run site -- --serve` shows it.');
if (process.argv.includes('--serve')) await must(process.execPath, [vitepress, 'preview', fileURLToPath(site)]);

function writePages() {
  const folder = new URL('.cache/pages/', site);
  const pages = sitePages(root);
  const images = siteImages(root);
  rmSync(folder, { recursive: true, force: true });
  for (const [path, page] of pages) {
    const file = new URL(page, folder);
    mkdirSync(dirname(fileURLToPath(file)), { recursive: true });
    writeFileSync(file, forSite(readFileSync(new URL(path, root), 'utf8'), path, new Map([...pages, ...images])));
  }
  for (const [path, image] of images) cpSync(new URL(path, root), new URL(image, folder));
  const list = readFileSync(new URL('docs/README.md', root), 'utf8');
  writeFileSync(new URL('sidebar.json', folder), JSON.stringify(sidebarOf(list, pages), undefined, 2));
}

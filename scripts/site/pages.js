import { readdirSync } from 'node:fs';
import { posix } from 'node:path';

/** Pages of the repository that are not in docs, and what the site calls them. @type {ReadonlyMap<string, string>} */
const BESIDE_DOCS = new Map([
  ['README.md', 'index.md'],
  ['docs/README.md', 'all-pages.md'],
  ['examples/README.md', 'examples.md'],
  ['examples/data/README.md', 'example-data.md'],
  ['packages/protocol/README.md', 'wire.md'],
  ['ARCHITECTURE.md', 'architecture.md'],
  ['CONTRIBUTING.md', 'contributing.md'],
  ['SECURITY.md', 'security.md'],
  ['CHANGELOG.md', 'changelog.md'],
]);

/**
 * @param {URL} root of the repository
 * @returns {Map<string, string>} each page's path to its path in the site
 */
export function sitePages(root) {
  const inDocs = readdirSync(new URL('docs/', root), { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => /** @type {const} */ ([`docs/${file}`, file]));
  return new Map([...inDocs, ...BESIDE_DOCS]);
}

/**
 * @param {URL} root of the repository
 * @returns {Map<string, string>} each image's path to its path in the site
 */
export function siteImages(root) {
  const inDocs = readdirSync(new URL('docs/images/', root), { encoding: 'utf8' });
  return new Map(inDocs.map((file) => [`docs/images/${file}`, `images/${file}`]));
}

/**
 * A page as the site shows it: its links lead to other pages and images of the site, and what the site does not have is no link.
 *
 * @param {string} text
 * @param {string} path in the repository
 * @param {ReadonlyMap<string, string>} pages and images
 */
export function forSite(text, path, pages) {
  const from = posix.dirname(pages.get(path) ?? path);
  // Code is passed over; a label may hold code, and go on in the next line.
  const pattern = /^(```|~~~).*?^\1$|\[((?:[^\]`]|`[^`]*`)*)\]\(([^)\s]+)\)|(`+).*?\4/gms;
  return text.replace(pattern, (all, fence, label, target) => {
    if (label === undefined || /^([a-z][a-z+.-]*:|#)/i.test(target)) return all;
    const [file = '', anchor] = target.split('#');
    const meant = pages.get(posix.normalize(posix.join(posix.dirname(path), file)).replace(/\/$/, ''));
    if (meant === undefined) return label;
    // a path of an image without a dot in front is taken for a package by the site's bundler
    const relative = posix.relative(from, meant);
    return `[${label}](${relative.startsWith('.') || meant.endsWith('.md') ? relative : `./${relative}`}${anchor === undefined ? '' : `#${anchor}`})`;
  });
}

/**
 * The sidebar: the headings and tables of docs/README.md, then the pages about the project.
 *
 * @param {string} list text of docs/README.md
 * @param {ReadonlyMap<string, string>} pages
 * @returns {{text: string, collapsed?: boolean, items: {text: string, link: string}[]}[]}
 */
export function sidebarOf(list, pages) {
  const groups = list
    .split(/^## /m)
    .slice(1)
    .map((part) => ({
      text: part.split('\n')[0] ?? '',
      items: [...part.matchAll(/^\| \[([^\]]+)\]\(([^)]+)\) \|/gm)].map(([, text = '', target = '']) => ({
        text,
        link: linkTo(pages.get(posix.normalize(`docs/${target}`)) ?? target),
      })),
    }));
  const project = ['ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'];
  const items = project.map((path) => ({ text: titleOf(path), link: linkTo(pages.get(path) ?? path) }));
  return [...groups, { text: 'The project', items }];
}

/** @param {string} page of the site */
function linkTo(page) {
  return `/${page.replace(/(^|\/)index\.md$|\.md$/, '$1')}`;
}

/** @param {string} path such as `SECURITY.md` */
function titleOf(path) {
  return `${path[0]}${path.slice(1, -3).toLowerCase()}`;
}

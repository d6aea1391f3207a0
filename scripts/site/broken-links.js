import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Links between the pages of a site that lead nowhere.
 *
 * @param {string} folder with its HTML
 * @param {string} [base] the path that it is served below, with slashes around it
 * @returns {string[]} one sentence each
 */
export function brokenLinks(folder, base = '/') {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.html'));
  return files.flatMap((file) => {
    const targets = [...read(folder, file).matchAll(/<a [^>]*?href="([^"]+)"/g)].map(([, target = '']) => target);
    return [...new Set(targets)].flatMap((target) => problemOf(folder, base, file, target) ?? []);
  });
}

/** @param {string} folder @param {string} base @param {string} file @param {string} target */
function problemOf(folder, base, file, target) {
  const here = new URL(`http://site${base}${file.replaceAll('\\', '/')}`);
  const { host, pathname, hash } = new URL(target, here);
  if (host !== 'site') return undefined;
  if (!pathname.startsWith(base)) return `${file}: ${target} leads out of the site`;
  const path = `${pathname.slice(base.length)}${pathname.endsWith('/') ? 'index.html' : ''}`;
  const found = [path, `${path}.html`].find((each) => existsSync(join(folder, each)));
  if (found === undefined || !statSync(join(folder, found)).isFile()) return `${file}: there is no ${target}`;
  const anchor = decodeURIComponent(hash.slice(1));
  if (anchor === '' || !found.endsWith('.html') || read(folder, found).includes(`id="${anchor}"`)) return undefined;
  return `${file}: ${found} has no "${anchor}", to which ${target} leads`;
}

/** @type {Map<string, string>} */
const texts = new Map();

/** @param {string} folder @param {string} file */
function read(folder, file) {
  const path = join(folder, file);
  const text = texts.get(path) ?? readFileSync(path, 'utf8');
  texts.set(path, text);
  return text;
}

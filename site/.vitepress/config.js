import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitepress';
import { githubAnchor } from '../../scripts/site/anchors.js';

/** Written by scripts/site.js: what docs/README.md lists. @type {import('vitepress').DefaultTheme.SidebarItem[]} */
const sidebar = JSON.parse(readFileSync(new URL('../.cache/pages/sidebar.json', import.meta.url), 'utf8'));

export default defineConfig({
  title: 'Bulkhead',
  description: 'Conflict-free plugins: every plugin in its own watertight compartment.',
  srcDir: '.cache/pages',
  outDir: 'dist',
  cacheDir: '.cache/vite',
  base: process.env['SITE_BASE'] ?? '/',
  // links lead to headings as they do on GitHub, since the pages are read there as well
  markdown: { anchor: { slugify: githubAnchor }, theme: { light: 'github-light', dark: 'github-dark' } },
  themeConfig: {
    sidebar,
    outline: { level: [2, 3], label: 'On this page' },
    search: { provider: 'local' },
    nav: [
      { text: 'Start', link: '/getting-started' },
      { text: 'TypeScript', link: '/api' },
      { text: 'Python', link: '/python-api' },
      { text: 'Errors', link: '/errors' },
    ],
  },
});

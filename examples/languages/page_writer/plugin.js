// Writes HTML. It asks a plugin in Python for words, and that one asks it for a page.
import { action, definePlugin } from '@bulkhead/plugin-sdk';

const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** @param {unknown} value */
const escaped = (value) => String(value).replace(/[&<>"]/g, (sign) => ESCAPES[sign]);

/** @param {string} title @param {Record<string, unknown>} rows */
function tableOf(title, rows) {
  const lines = Object.entries(rows).map(
    ([name, value]) => `<tr><th>${escaped(name)}</th><td>${escaped(value)}</td></tr>`,
  );
  return `<table><caption>${escaped(title)}</caption>${lines.join('')}</table>`;
}

export default definePlugin({
  actions: {
    table: action({ description: 'A table with a row for each key.' }, ({ title, rows }) => tableOf(title, rows)),

    frequent_words: action(
      { description: 'A table of the most frequent words of a text, which another plugin counts.' },
      async ({ title, text, top = 3 }, { call, log }) => {
        const rows = await call('word_counter', { text, top }, { action: 'count' });
        log.info('counted', { rows });
        return tableOf(title, rows);
      },
    ),
  },
});

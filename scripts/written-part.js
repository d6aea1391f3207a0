const END = '<!-- End of what `npm run docs` writes. -->';

/**
 * The page with `table` between two marks, which it must have.
 *
 * @param {string} page @param {string} table @param {string} source what the table is made from, below packages/bulkhead/src
 */
export function withTable(page, table, source) {
  const begin = `<!-- Written by \`npm run docs\` from packages/bulkhead/src/${source}: change that instead. -->`;
  const [before, rest] = page.split(begin);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`the page has not both marks:\n${begin}\n${END}`);
  return `${before}${begin}\n\n${table}\n\n${END}${after}`;
}

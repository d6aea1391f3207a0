/**
 * The table of metrics in docs/in-production.md: what a scrape of a host says of each.
 *
 * @param {typeof import('../packages/bulkhead/dist/monitor/metrics.js')} monitor
 */
export async function metricsTable({ Metrics }) {
  const metrics = new Metrics(
    () => [],
    async () => [],
  );
  metrics.ofResources([]);
  const types = new Map();
  const rows = [];
  for (const line of (await metrics.text()).split('\n')) {
    const [, what, name = '', said = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (what === 'TYPE') types.set(name, said);
    else if (what === 'HELP') rows.push({ name, said });
  }
  const cells = rows.map(({ name, said }) => {
    const [told, query] = said.replaceAll('|', '\\|').split(' Query: ');
    return `| \`${name}\` | ${types.get(name)} | ${told} | \`${query}\` |`;
  });
  return ['| metric | type | how to read it | for example |', '| --- | --- | --- | --- |', ...cells.toSorted()].join(
    '\n',
  );
}

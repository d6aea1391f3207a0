/**
 * The table in docs/variables.md.
 *
 * @param {typeof import('../packages/bulkhead/dist/lifecycle/passed-variables.js')} passed
 */
export function variablesTable({ PASSED_TO_ALL, PASSED_TO_PLUGINS }) {
  const rows = [...PASSED_TO_ALL, ...PASSED_TO_PLUGINS].map(({ what, why, names, prefixes = [] }) => {
    const all = [...names, ...prefixes.map((prefix) => `${prefix}*`)].map((name) => `\`${name}\``);
    return `| ${what} | ${all.join(', ')} | ${why} |`;
  });
  return ['| what | variables | why |', '| --- | --- | --- |', ...rows].join('\n');
}

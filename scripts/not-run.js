/**
 * A test that was not run.
 *
 * @typedef {{ suite: string, name: string, reason: string }} NotRun
 */

const NO_REASON = 'it gives no reason';

/**
 * The tests that vitest passed over.
 *
 * @param {{ testResults: readonly { name: string, assertionResults: readonly { status: string, fullName: string, meta?: { notRunBecause?: string } }[] }[] }} report
 *   of its JSON reporter
 * @returns {NotRun[]}
 */
export function notRunByVitest(report) {
  return report.testResults.flatMap(({ assertionResults }) =>
    assertionResults
      .filter(({ status }) => status !== 'passed' && status !== 'failed')
      .map(({ fullName, meta }) => ({
        suite: 'TypeScript',
        name: fullName,
        reason: meta?.notRunBecause ?? NO_REASON,
      })),
  );
}

/**
 * The tests that pytest passed over.
 *
 * @param {string} xml its JUnit report
 * @param {string} version of Python
 * @returns {NotRun[]}
 */
export function notRunByPytest(xml, version) {
  const cases = xml.matchAll(/<testcase ([^>]*?)>\s*<skipped ([^>]*?)\/?>/g);
  return [...cases].map(([, testcase = '', skipped = '']) => ({
    suite: `Python ${version}`,
    name: attribute(testcase, 'name') ?? '',
    reason: attribute(skipped, 'message') || NO_REASON,
  }));
}

/**
 * One line for each suite and reason, with the names behind it: nothing where all was run.
 *
 * @param {readonly NotRun[]} all
 * @returns {string[]}
 */
export function describeNotRun(all) {
  /** @type {Map<string, string[]>} */
  const names = new Map();
  for (const { suite, name, reason } of all) {
    const key = `${suite}: ${reason}`;
    names.set(key, [...(names.get(key) ?? []), ...(name === '' ? [] : [name])]);
  }
  return [...names].flatMap(([key, tests]) => [key, ...tests.map((name) => `  ${name}`)]);
}

/** @param {string} text @param {string} name */
function attribute(text, name) {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1];
  return value
    ?.replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&#10;', ' ')
    .replaceAll('&amp;', '&');
}

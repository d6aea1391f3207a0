/**
 * docs/errors.md, from the catalogue of errors.
 *
 * @typedef {typeof import('../packages/bulkhead/dist/errors/catalogue.js')} Catalogue
 * @typedef {typeof import('../packages/bulkhead/dist/errors/bulkhead-error.js')} Errors
 */

/** @type {Readonly<Record<import('bulkhead').Blame, string>>} */
const BLAMES = {
  plugin: "the plugin's code, its packages' code, or its own files; `context` has its traceback and last lines",
  user: 'what was asked for: the registry, a call, an option of the command line',
  environment: 'packages, interpreters, disk and network: what stands between a right registry and a plugin that runs',
  bulkhead: 'a bug of ours',
};

/**
 * @param {Catalogue} parts
 * @param {Errors} errors
 * @returns {string}
 */
export function errorsPage({ catalogue, catalogueHeadings }, { BulkheadError, exitCodeOf }) {
  const sampleOf = (/** @type {import('bulkhead').ErrorCode} */ code) =>
    new BulkheadError(code, catalogue[code].sample);
  const sections = catalogueHeadings.map(({ heading, codes }) => [
    `## ${heading}`,
    [
      '| code | blame | when |',
      '| --- | --- | --- |',
      ...codes.map(
        (code) => `| [\`${code}\`](#${code.toLowerCase()}) | ${catalogue[code].blame} | ${catalogue[code].when} |`,
      ),
    ].join('\n'),
    ...codes.flatMap((code) => entry(sampleOf(code), catalogue[code].when)),
  ]);
  const blames = Object.entries(BLAMES).map(([blame, meaning]) => {
    const [code] = codesOf(catalogue, blame);
    return `| \`${blame}\` | ${meaning} | ${code === undefined ? '' : exitCodeOf(sampleOf(code))} |`;
  });
  const table = ['| blame | the cause is | exit status |', '| --- | --- | --- |', ...blames].join('\n');
  return `${[INTRODUCTION, table, ...sections.flat()].join('\n\n')}\n`;
}

/** @param {Catalogue['catalogue']} catalogue @param {string} blame */
function codesOf(catalogue, blame) {
  const codes = /** @type {import('bulkhead').ErrorCode[]} */ (Object.keys(catalogue));
  return codes.filter((code) => catalogue[code].blame === blame);
}

const INTRODUCTION = `# Errors

<!-- Written by \`npm run docs\` from the catalogue in packages/bulkhead/src/errors/catalogue: change that instead. -->

Bulkhead reports every failure as a \`BulkheadError\`. Its \`code\` is one of those below and never changes its meaning. \`message\`
says what happened, \`blame\` whose fault it is, \`advice\` what to do, and \`retryable\` whether the same call may succeed when it
is tried again. \`details\` holds the values that the message is made of, \`cause\` the error behind this one, and \`context\` the
plugin's action, instance, traceback and last lines, as far as they are known. \`stack\` shows who called, and ends with the traceback
of the plugin. \`name\` is \`BulkheadError\`, or \`AbortError\` for what the caller's own signal ended, whose reason is the \`cause\`.
\`isBulkheadError(error, 'CALL_TIMEOUT')\` asks for one code, and tells TypeScript what its \`details\` are.

\`httpStatus\` suits an answer to a web request. As \`statusCode\` Fastify and Express take it by themselves, where a handler throws; the
messages speak of plugins and files, so answer people outside with less. The command line exits with the status of the blame.

Messages and advice below are samples: names, numbers and reasons differ.`;

/** @param {InstanceType<Errors['BulkheadError']>} error @param {string} when */
function entry(error, when) {
  return [
    `### ${error.code}`,
    `${when} Blame \`${error.blame}\`. ${error.retryable ? 'Retryable' : 'Not retryable'}. HTTP status ${error.httpStatus}.`,
    `\`\`\`text\n${error.message}\n\`\`\``,
    `**What to do:** ${error.advice}`,
  ];
}

/**
 * docs/errors.md, from the catalogue of errors.
 *
 * @typedef {typeof import('../packages/bulkhead/dist/errors/catalogue.js')} Catalogue
 * @typedef {typeof import('../packages/bulkhead/dist/errors/bulkhead-error.js')} Errors
 */

/** Whose fault it is, in the order of how often one meets it. */
const BLAMES = /** @type {const} */ ([
  [
    'plugin',
    'The plugin',
    "The plugin's code, its packages' code, or its own files. `context` of the error has its traceback and last lines.",
  ],
  ['user', 'Its user', 'What was asked for: the registry, a call, an option of the command line.'],
  [
    'environment',
    'The machine',
    'Packages, interpreters, disk and network: what stands between a right registry and a plugin that runs.',
  ],
  ['bulkhead', 'Bulkhead', 'A bug of ours.'],
]);

/**
 * @param {Catalogue['catalogue']} catalogue
 * @param {Errors['BulkheadError']} BulkheadError
 * @param {Errors['exitCodeOf']} exitCodeOf
 * @param {typeof import('./error-samples.js').ERROR_SAMPLES} samples
 * @returns {string}
 */
export function errorsPage(catalogue, BulkheadError, exitCodeOf, samples) {
  const codes = /** @type {import('bulkhead').ErrorCode[]} */ (Object.keys(catalogue));
  for (const code of codes)
    if (!(code in samples)) throw new Error(`scripts/error-samples.js has no sample of ${code}`);
  for (const code of Object.keys(samples))
    if (!(code in catalogue)) throw new Error(`scripts/error-samples.js: there is no code ${code}`);
  const errors = codes.map((code) => new BulkheadError(code, samples[code]));
  const sections = BLAMES.map(([blame, name, meaning]) => {
    const blamed = errors.filter((error) => error.blame === blame);
    const table = blamed.map(
      (error) => `| [\`${error.code}\`](#${error.code.toLowerCase()}) | ${catalogue[error.code].when} |`,
    );
    const status = blamed.map(exitCodeOf).at(0);
    return [
      `## ${name}`,
      `Blame \`${blame}\`, exit status ${status} of the command line. ${meaning}`,
      ['| code | when |', '| --- | --- |', ...table].join('\n'),
      ...blamed.flatMap((error) => entry(error, catalogue[error.code].when)),
    ];
  });
  return `${[INTRODUCTION, ...sections.flat()].join('\n\n')}\n`;
}

const INTRODUCTION = `# Errors

<!-- Written by \`npm run docs\` from the catalogue in packages/bulkhead/src/errors/catalogue.ts: change that instead. -->

Whatever goes wrong comes as a \`BulkheadError\`. Its \`code\` is one of those below, and keeps its meaning for ever; \`blame\` says
whose fault it is, \`message\` what happened, \`advice\` what to do, and \`retryable\` whether the very same call may succeed when it
is tried again. \`details\` holds what the message is made of, \`cause\` what it was caused by, and \`context\` what is known of the
plugin: its action, instance, traceback and last lines. \`httpStatus\` is for those who answer web requests with it, the exit
status is that of the command line.

Messages and advice below are samples: names, numbers and reasons differ.`;

/** @param {InstanceType<Errors['BulkheadError']>} error @param {string} when */
function entry(error, when) {
  return [
    `### ${error.code}`,
    `${when} ${error.retryable ? 'Retryable' : 'Not retryable'}. HTTP status ${error.httpStatus}.`,
    `\`\`\`text\n${error.message}\n\`\`\``,
    `**What to do:** ${error.advice}`,
  ];
}

// Runs the Python SDK's tests on every minor version of Python that this machine has: `npm run test:python`.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeNotRun } from './not-run.js';
import { testPythonSdk } from './test-python.js';

const { passed, failed, notRun } = await testPythonSdk(dirname(dirname(fileURLToPath(import.meta.url))), {
  every: true,
});
for (const line of describeNotRun(notRun)) console.log(line);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

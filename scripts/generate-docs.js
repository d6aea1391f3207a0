// Writes what is made from the code: docs/errors.md and the registry's JSON Schema. Runs after a build: `npm run docs`.
import { writeFileSync } from 'node:fs';
import * as errors from '../packages/bulkhead/dist/errors/bulkhead-error.js';
import * as catalogue from '../packages/bulkhead/dist/errors/catalogue.js';
import { registryJsonSchemaText } from '../packages/bulkhead/dist/registry/registry-schema.js';
import { errorsPage } from './errors-page.js';

/** @param {string} path @param {string} text */
function write(path, text) {
  writeFileSync(new URL(`../${path}`, import.meta.url), text);
  console.error(`wrote ${path}`);
}

write('docs/errors.md', errorsPage(catalogue, errors));
write('packages/bulkhead/registry.schema.json', registryJsonSchemaText());

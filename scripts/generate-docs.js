// Writes what is made from the code: docs/errors.md, docs/api.md, docs/plugin-api.md, docs/python-api.md, the tables of fields, variables and metrics, and the
// registry's JSON Schema. Runs after a build: `npm run docs`.
import { readFileSync, writeFileSync } from 'node:fs';
import * as errors from '../packages/bulkhead/dist/errors/bulkhead-error.js';
import * as catalogue from '../packages/bulkhead/dist/errors/catalogue.js';
import * as groups from '../packages/bulkhead/dist/registry/fields/groups.js';
import * as monitor from '../packages/bulkhead/dist/monitor/metrics.js';
import * as passed from '../packages/bulkhead/dist/lifecycle/passed-variables.js';
import * as mapping from '../packages/bulkhead/dist/registry/fields/mapping.js';
import { registryJsonSchemaText } from '../packages/bulkhead/dist/registry/registry-schema.js';
import { errorsPage } from './errors-page.js';
import { manifestTable, registryTables } from './field-tables.js';
import { metricsTable } from './metrics-table.js';
import { pythonPage } from './reference/python-page.js';
import { pluginPage, typescriptPage } from './reference/typescript-page.js';
import { variablesTable } from './variables-table.js';
import { withTable } from './written-part.js';

const FIELDS = 'registry/fields';

/** @param {string} path */
function read(path) {
  return readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
}

/** @param {string} path @param {string} text */
function write(path, text) {
  writeFileSync(new URL(`../${path}`, import.meta.url), text);
  console.error(`wrote ${path}`);
}

write('docs/errors.md', errorsPage(catalogue, errors));
write('docs/api.md', typescriptPage(catalogue));
write('docs/plugin-api.md', pluginPage(catalogue));
write('docs/python-api.md', pythonPage());
write('docs/registry.md', withTable(read('docs/registry.md'), registryTables(groups, mapping), FIELDS));
write('docs/writing-a-plugin.md', withTable(read('docs/writing-a-plugin.md'), manifestTable(groups, mapping), FIELDS));
write(
  'docs/variables.md',
  withTable(read('docs/variables.md'), variablesTable(passed), 'lifecycle/passed-variables.ts'),
);
write('docs/in-production.md', withTable(read('docs/in-production.md'), await metricsTable(monitor), 'monitor'));
write('packages/bulkhead/registry.schema.json', registryJsonSchemaText());

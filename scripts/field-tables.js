/**
 * The tables of fields in docs/registry.md and docs/writing-a-plugin.md, from packages/bulkhead/src/registry/fields.
 *
 * @typedef {typeof import('../packages/bulkhead/dist/registry/fields/groups.js')} Groups
 * @typedef {typeof import('../packages/bulkhead/dist/registry/fields/mapping.js')} Mapping
 * @typedef {import('../packages/bulkhead/dist/registry/fields/field.js').AnyField} AnyField
 * @typedef {import('../packages/bulkhead/dist/registry/fields/field.js').Fields} Fields
 */

/** @type {readonly (readonly [keyof Groups['fieldGroups'], string])[]} */
const HEADINGS = [
  ['plugin', 'The plugin'],
  ['environment', 'Its environment'],
  ['launch', 'Its process'],
  ['pool', 'Its instances'],
  ['calls', 'Its calls'],
];
const BEGIN = '<!-- Written by `npm run docs` from packages/bulkhead/src/registry/fields: change that instead. -->';
const END = '<!-- End of what `npm run docs` writes. -->';

/** @param {Groups} groups @param {Mapping} mapping */
export function registryTables({ fieldGroups }, { inOrder }) {
  return HEADINGS.map(([group, heading]) => {
    const fields = inOrder(fieldGroups[group]).filter(([, { where }]) => where !== 'manifest');
    const rows = fields.flatMap(([name, field]) => rowsOf(name, field, defaultInRegistry(field), inOrder));
    return [`### ${heading}`, '', '| field | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
  }).join('\n\n');
}

/** @param {Groups} groups @param {Mapping} mapping */
export function manifestTable({ pluginFields }, { inOrder }) {
  const rows = inOrder(pluginFields)
    .filter(([, { where }]) => where !== undefined)
    .map(([name, field]) => row(name, defaultInManifest(field), field));
  return ['| field | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

/** The page with `table` between the two marks, which it must have. @param {string} page @param {string} table */
export function withTable(page, table) {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`the page has not both marks:\n${BEGIN}\n${END}`);
  return `${before}${BEGIN}\n\n${table}\n\n${END}${after}`;
}

/**
 * @param {string} name
 * @param {AnyField} field
 * @param {string} fallback
 * @param {Mapping['inOrder']} inOrder
 * @returns {string[]}
 */
function rowsOf(name, field, fallback, inOrder) {
  const prefix = field.partsOf === undefined ? name : `${name}.${field.partsOf}`;
  const parts = inOrder(field.parts ?? {}).map(([part, of]) => row(`${prefix}.${part}`, ownDefault(of), of));
  return [row(name, fallback, field), ...parts];
}

/** @param {string} name @param {string} fallback @param {AnyField} field */
function row(name, fallback, { description }) {
  return `| \`${name}\` | ${fallback} | ${description} |`;
}

/** @param {AnyField} field */
function defaultInRegistry(field) {
  if (field.required) return 'required';
  return field.where === 'both' ? `the manifest's, else ${ownDefault(field)}` : ownDefault(field);
}

/** @param {AnyField} field */
function defaultInManifest(field) {
  if (field.required) return "the folder's name";
  return field.parts === undefined ? ownDefault(field) : 'see [the registry](registry.md#fields)';
}

/** @param {AnyField} field */
function ownDefault({ default: fallback, otherwise = '–', parts }) {
  if (fallback === undefined) return otherwise;
  if (parts !== undefined) return 'as below';
  return `\`${typeof fallback === 'string' ? fallback : JSON.stringify(fallback)}\``;
}

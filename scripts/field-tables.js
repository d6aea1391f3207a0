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

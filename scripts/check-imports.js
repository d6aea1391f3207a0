// The import rule, and a map of the host: a stage imports values only from the shared ground and from the stages named
// beside it, types from any stage before it. Only the manager joins stages; nothing imports a door. No files import each other
// in a circle, not even for their types.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Shared ground: every stage may import values from these. */
const GROUND = ['errors', 'lifecycle', 'requirements'];

/** In the order in which data flows; each with the stages, besides the ground, from which it may import values. */
/** @type {{name: string, values: string[]}[]} */
export const STAGES = [
  { name: 'lifecycle', values: [] },
  { name: 'errors', values: [] },
  { name: 'requirements', values: [] },
  { name: 'registry', values: [] },
  { name: 'conflicts', values: [] },
  { name: 'engine', values: [] },
  { name: 'environment', values: ['engine'] },
  { name: 'languages', values: ['engine'] },
  { name: 'launcher', values: ['languages', 'engine'] },
  { name: 'transport', values: [] },
  { name: 'session', values: ['transport'] },
  { name: 'pool', values: ['session'] },
  { name: 'hooks', values: [] },
  { name: 'resources', values: [] },
  { name: 'cache', values: [] },
  { name: 'monitor', values: [] },
  {
    name: 'manager',
    values: [
      'registry',
      'conflicts',
      'engine',
      'environment',
      'languages',
      'launcher',
      'transport',
      'session',
      'pool',
      'hooks',
      'resources',
      'cache',
      'monitor',
    ],
  },
  { name: 'verification', values: ['registry', 'launcher', 'session', 'manager'] },
  { name: 'views', values: [] },
  {
    name: 'cli',
    values: ['registry', 'conflicts', 'environment', 'languages', 'manager', 'monitor', 'verification', 'views'],
  },
  { name: 'server', values: ['registry', 'conflicts', 'environment', 'manager', 'monitor', 'views'] },
];

/** What people and programs come in by: what they have in common lies in `views`. */
const DOORS = ['cli', 'server'];

/**
 * @param {string} file path of the importing file, relative to `src/`
 * @param {string} text
 * @returns {string[]} what breaks the rule, one sentence each
 */
export function violations(file, text) {
  const stage = stageOf(file);
  if (stage === undefined) return file.includes(sep) ? [`${file}: its folder is not a stage`] : [];
  const found = [];
  for (const { isType, target } of importsOf(text)) {
    if (!target.startsWith('.')) continue;
    const to = normalize(join(dirname(file), target));
    const other = stageOf(to);
    if (other === undefined) found.push(`${file}: imports ${to}, which belongs to no stage`);
    else if (other !== stage && !mayImport(stage, other, isType)) {
      found.push(`${file}: ${stage.name} may not import ${isType ? 'types' : 'values'} from ${other.name} (${to})`);
    }
  }
  if (file.split(sep).length > 1 && file.endsWith(`${sep}index.ts`)) found.push(`${file}: no index.ts inside a stage`);
  return found;
}

/** @param {typeof STAGES[number]} stage @param {typeof STAGES[number]} other @param {boolean} isType */
function mayImport(stage, other, isType) {
  if (DOORS.includes(other.name)) return false;
  if (GROUND.includes(other.name) && (!GROUND.includes(stage.name) || stage.name === 'errors')) return true;
  if (stage.values.includes(other.name)) return true;
  return isType && STAGES.indexOf(other) < STAGES.indexOf(stage);
}

/**
 * @param {ReadonlyMap<string, string>} sources text by path, relative to `src/`
 * @returns {string[]} the circles, one sentence each
 */
export function circles(sources) {
  const targets = new Map(
    [...sources].map(([file, text]) => {
      const paths = importsOf(text).map(({ target }) => normalize(join(dirname(file), target)));
      return [file, paths.filter((path) => sources.has(path))];
    }),
  );
  /** @type {string[]} */
  const found = [];
  const done = new Set();
  /** @param {string} file @param {string[]} path */
  const follow = (file, path) => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file].join(' -> '));
    if (path.includes(file) || done.has(file)) return;
    for (const target of targets.get(file) ?? []) follow(target, [...path, file]);
    done.add(file);
  };
  for (const file of sources.keys()) follow(file, []);
  return found.map((circle) => `these import each other: ${circle}`);
}

/** @param {string} file */
function stageOf(file) {
  const [folder] = file.split(sep);
  return file.includes(sep) ? STAGES.find(({ name }) => name === folder) : undefined;
}

/** @param {string} text @returns {{isType: boolean, target: string}[]} */
function importsOf(text) {
  const statement =
    /^(?:import|export)\s+(type\s+)?([^;]*?)\s*from\s*'([^']+)'|^import\s*'([^']+)'|import\('([^']+)'\)/gms;
  return [...text.matchAll(statement)].map(([, type, names, from, bare, dynamic]) => {
    const listed =
      names
        ?.match(/^\{(.*)\}$/s)?.[1]
        ?.split(',')
        .map((name) => name.trim())
        .filter(Boolean) ?? [];
    const onlyTypes = listed.length > 0 && listed.every((name) => name.startsWith('type '));
    return { isType: type !== undefined || onlyTypes, target: from ?? bare ?? dynamic ?? '' };
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const source = join(dirname(dirname(fileURLToPath(import.meta.url))), 'packages', 'bulkhead', 'src');
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const sources = new Map(files.map((file) => [file, readFileSync(join(source, file), 'utf8')]));
  const all = [...[...sources].flatMap(([file, text]) => violations(file, text)), ...circles(sources)];
  for (const violation of all) console.error(violation);
  console.error(`import rule: ${files.length} files, ${all.length} violations`);
  process.exitCode = all.length === 0 ? 0 : 1;
}

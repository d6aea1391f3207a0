import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commentAsMarkdown, errorLinks } from './comment.js';
import { exportedDeclarations, named } from './exported-declarations.js';

/** @typedef {import('./exported-declarations.js').Exported} Declaration */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * A page of what a package exports.
 *
 * @typedef {object} Page
 * @property {string} introduction
 * @property {readonly string[]} doors paths from the root of the files that only re-export
 * @property {readonly Topic[]} topics its headings in their order
 */

/** A heading, with what begins the paths of the files whose exports it shows; the longest counts. @typedef {{heading: string, files: readonly string[]}} Topic */

/** @type {Page} */
const OF_THE_HOST = {
  introduction: `# TypeScript API

<!-- Written by \`npm run docs\` from packages/bulkhead/src/index.ts and the comments of what it exports: change those instead. -->

Everything that \`import … from 'bulkhead'\` offers. A promise rejects with a [\`BulkheadError\`](#bulkheaderror), unless stated otherwise;
each method names the codes that are its own. Durations are in milliseconds, sizes in bytes.`,
  doors: ['packages/bulkhead/src/index.ts'],
  topics: [
    { heading: 'The manager', files: ['manager/', 'session/', 'monitor/host-logger'] },
    { heading: 'State', files: ['manager/plugin-status', 'pool/instance-health', 'launcher/'] },
    { heading: 'Errors', files: ['errors/'] },
    {
      heading: 'Events and observers',
      files: ['manager/event-listeners', 'manager/plugin-observer', 'pool/pool-observer'],
    },
    { heading: 'Values', files: ['codec/'] },
    { heading: 'Environments', files: ['environment/'] },
    { heading: 'Reloading', files: ['manager/reload-report'] },
    { heading: 'Debugging', files: ['manager/debug-plugin', 'pool/instance-debugging'] },
    { heading: 'Hooks', files: ['manager/manager-hooks', 'hooks/'] },
    { heading: 'Resources', files: ['resources/'] },
    { heading: 'Cache', files: ['cache/'] },
    { heading: 'Conflicts', files: ['manager/check-', 'conflicts/'] },
    { heading: 'Verification', files: ['verification/'] },
  ],
};

/** @type {Page} */
const OF_THE_SDK = {
  introduction: `# API for plugins in TypeScript

<!-- Written by \`npm run docs\` from packages/plugin-sdk/src/index.ts, testing.ts and the comments of what they export: change those instead. -->

Everything that \`import … from '@bulkhead/plugin-sdk'\` offers, and, under [Testing](#testing), \`'@bulkhead/plugin-sdk/testing'\`.
[Writing a plugin in TypeScript](writing-a-plugin-in-typescript.md) shows how it goes together. Durations are in milliseconds, sizes in bytes.`,
  doors: ['packages/plugin-sdk/src/index.ts', 'packages/plugin-sdk/src/testing.ts'],
  topics: [
    { heading: 'Plugins', files: ['author/plugin'] },
    { heading: 'Actions', files: ['author/action', 'author/examples', 'author/input-stream'] },
    { heading: 'Context', files: ['author/context'] },
    { heading: 'Hooks', files: ['author/hook'] },
    { heading: 'Errors', files: ['author/errors'] },
    { heading: 'Schemas', files: ['author/schema'] },
    { heading: 'Values', files: ['codec/'] },
    { heading: 'Testing', files: ['testing/'] },
  ],
};

/** @typedef {Pick<typeof import('../../packages/bulkhead/dist/errors/catalogue.js'), 'catalogue'>} Errors */

/** docs/api.md. @param {Errors} errors */
export function typescriptPage(errors) {
  return pageOf(OF_THE_HOST, errors);
}

/** docs/plugin-api.md. @param {Errors} errors */
export function pluginPage(errors) {
  return pageOf(OF_THE_SDK, errors);
}

/** @param {Page} page @param {Errors} errors */
function pageOf({ introduction, doors, topics: headings }, { catalogue }) {
  const linked = errorLinks(new Set(Object.keys(catalogue)));
  const exported = doors.flatMap((door) => exportedDeclarations(`${ROOT}${door}`));
  const names = new Set(exported.map(({ name }) => name));
  const topics = headings.map((topic) => {
    const own = exported
      .filter(({ file }) => topicOf(file, headings) === topic)
      .toSorted((a, b) => rankOf(a) - rankOf(b));
    return { heading: topic.heading, own, entries: withWhatTheyName(own, names) };
  });
  const contents = topics.map(({ heading, own }) => {
    const links = own.map(({ name }) => `[\`${name}\`](#${name.toLowerCase()})`);
    return `| [${heading}](#${heading.toLowerCase().replaceAll(' ', '-')}) | ${links.join(', ')} |`;
  });
  const sections = topics.map(({ heading, entries }) =>
    [`## ${heading}`, ...entries.map((entry) => entryOf(entry, linked))].join('\n\n'),
  );
  return `${[introduction, ['| | |', '| --- | --- |', ...contents].join('\n'), ...sections].join('\n\n')}\n`;
}

/**
 * The declarations, and behind them the types that their signatures name though the package doesn't export them.
 *
 * @param {Declaration[]} exported
 * @param {Set<string>} known names that the page has; this adds to them
 */
function withWhatTheyName(exported, known) {
  const all = [...exported];
  for (const declaration of all) {
    const signatures = signaturesOf(declaration)
      .join('\n')
      .replace(/\/\*.*?\*\//gs, '');
    for (const [name] of signatures.matchAll(/(?<![.\w])[A-Z]\w+/g)) {
      const meant = known.has(name) ? undefined : named(declaration.source, name);
      if (meant !== undefined && isShown(meant)) all.push(meant);
      known.add(name);
    }
  }
  return all;
}

/** Types of the stages that pages show. What the registry holds, and what errors carry, have pages of their own. @param {Declaration} declared */
function isShown({ file, node }) {
  const isType = /^TS|^Class/.test((node.declaration ?? node).type);
  return isType && !/\/src\/(registry|lifecycle|errors)\//.test(file);
}

/** @param {string} file @param {readonly Topic[]} topics */
function topicOf(file, topics) {
  const [, path = ''] = /^packages\/[\w-]+\/src\/(.*)$/.exec(relative(ROOT, file).replaceAll('\\', '/')) ?? [];
  const lengthIn = (/** @type {Topic} */ { files }) =>
    Math.max(0, ...files.filter((begin) => path.startsWith(begin)).map(({ length }) => length));
  const topic = topics.filter((each) => lengthIn(each) > 0).toSorted((a, b) => lengthIn(b) - lengthIn(a))[0];
  if (topic === undefined) throw new Error(`${path} exports something: name a topic for it in typescript-page.js`);
  return topic;
}

/** Classes and functions come before types. @param {Declaration} declared */
function rankOf({ node }) {
  return ['ClassDeclaration', 'FunctionDeclaration'].includes((node.declaration ?? node).type) ? 0 : 1;
}

/** @param {Declaration} declared @param {(text: string) => string} linked */
function entryOf(declared, linked) {
  const { name, node, source } = declared;
  const comment = commentAsMarkdown(source.commentBefore(node), linked);
  const [shape = '', ...methods] = signaturesOf(declared);
  const about = methodsOf(declared).map(({ title, overloads }, index) => {
    const comments = overloads.map((method) => commentAsMarkdown(source.commentBefore(method), linked));
    return [`#### ${title}`, code(methods[index] ?? ''), ...comments];
  });
  return [`### ${name}`, comment, code(shape), ...about.flat()].filter((part) => part !== '').join('\n\n');
}

/**
 * The declaration without what it does: of a class its properties, then each public method by itself.
 *
 * @param {Declaration} declared
 * @returns {string[]}
 */
function signaturesOf(declared) {
  const { node, source } = declared;
  const declaration = node.declaration ?? node;
  if (declaration.type !== 'ClassDeclaration') return [signatureOf(declaration, source)];
  const lines = membersOf(declared).flatMap((property) => {
    if (isMethod(property)) return [];
    const comment = source.commentBefore(property);
    const shown = comment === '' ? [] : [`  /** ${comment.replaceAll('\n', '\n   * ')} */`];
    return [...shown, `  ${signatureOf(property, source)};`];
  });
  const head = source.text.slice(declaration.start, declaration.body.start).trim();
  const shape = lines.length === 0 ? head : [`${head} {`, ...lines, '}'].join('\n');
  const methods = methodsOf(declared).map(({ overloads }) => overloads.map((method) => signatureOf(method, source)));
  return [shape, ...methods.map((overloads) => overloads.join('\n'))];
}

/**
 * The methods of a class by their names, each with its overloads; what implements these is not one of them.
 *
 * @param {Declaration} declared
 * @returns {{title: string, overloads: any[]}[]}
 */
function methodsOf(declared) {
  const { name, source } = declared;
  /** @type {Map<string, any[]>} */
  const methods = new Map();
  for (const method of membersOf(declared).filter(isMethod)) {
    const title = method.kind === 'constructor' ? `new ${name}` : `${name}.${source.textOf(method.key)}`;
    const others = methods.get(title) ?? [];
    if (others.length === 0 || method.value.body === null) methods.set(title, [...others, method]);
  }
  return [...methods].map(([title, overloads]) => ({ title, overloads }));
}

/** The members of a class that its users call; none of anything else. @param {Declaration} declared @returns {any[]} */
function membersOf({ node, source }) {
  const declaration = node.declaration ?? node;
  if (declaration.type !== 'ClassDeclaration') return [];
  return declaration.body.body.filter(
    (/** @type {any} */ member) => isPublic(member) && !source.commentBefore(member).includes('@internal'),
  );
}

/** @param {any} member */
function isMethod({ type, kind }) {
  return type === 'MethodDefinition' && kind !== 'get';
}

/** @param {any} member */
function isPublic({ key, accessibility, computed }) {
  return key?.type !== 'PrivateIdentifier' && (accessibility ?? 'public') === 'public' && !computed;
}

/** @param {any} node @param {import('./exported-declarations.js').Source} source */
function signatureOf(node, source) {
  const { body } = node.value ?? node;
  const end =
    body?.type === 'BlockStatement'
      ? body.start
      : node.type === 'PropertyDefinition'
        ? (node.typeAnnotation ?? node.key).end
        : node.end;
  const column = node.start - source.text.lastIndexOf('\n', node.start) - 1;
  return source.text
    .slice(node.start, end)
    .trim()
    .replace(/;$/, '')
    .replace(/^((?:static )?)(?:async |override )+/, '$1')
    .replaceAll(`\n${' '.repeat(column)}`, '\n');
}

/** @param {string} text */
function code(text) {
  return `\`\`\`ts\n${text}\n\`\`\``;
}

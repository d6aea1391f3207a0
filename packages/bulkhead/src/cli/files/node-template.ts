import { OWN_VERSION } from '../../lifecycle/own-version.ts';

/** What a new plugin of Node is written in. */
export type NodeLanguage = 'typescript' | 'javascript';

/** The files of a new plugin for Node, by their path in its folder. */
export function nodePluginFiles(id: string, language: NodeLanguage): Readonly<Record<string, string>> {
  const isTyped = language === 'typescript';
  const ending = isTyped ? 'ts' : 'js';
  return {
    'package.json': packageJson(id, ending),
    [`plugin.${ending}`]: plugin(isTyped),
    [`plugin.test.${ending}`]: tests(ending),
    'README.md': readme(id, isTyped),
    ...(isTyped ? { 'tsconfig.json': COMPILER } : {}),
  };
}

function packageJson(id: string, ending: string): string {
  const manifest = {
    name: id.replace(/[_-]+$/, ''),
    version: '0.1.0',
    private: true,
    description: 'Greets people, and counts words',
    type: 'module',
    engines: { node: ending === 'ts' ? '>=22.18' : '>=20.19' },
    scripts: { test: 'node --test' },
    dependencies: {},
    devDependencies: { '@bulkhead/plugin-sdk': `^${OWN_VERSION}` },
    bulkhead: { id, entry_point: `plugin.${ending}` },
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

function plugin(isTyped: boolean): string {
  const typed = (text: string): string => (isTyped ? text : '');
  return `// A small plugin to begin with: greets people, and counts words.
import { action, definePlugin } from '@bulkhead/plugin-sdk';

let greeting = 'Hello';

export default definePlugin({
  // called once before the first call, with \`config\` of the registry
  initialize(config) {
    if (typeof config.greeting === 'string') greeting = config.greeting;
  },
  actions: {
    // the default action; what is logged goes to the host's log, only what is returned is the result
    execute: action({ description: 'Greets whoever \`name\` names.' }, (input${typed(': { name?: string } | null')}, { log }) => {
      const name = input?.name ?? 'world';
      log.info('greeting somebody', { name });
      return { message: \`\${greeting}, \${name}!\` };
    }),
    count_words: action(
      { description: 'The most frequent words of a text.' },
      ({ text, top = 3 }${typed(': { text: string; top?: number }')}) => {
        const counts = new Map${typed('<string, number>')}();
        for (const word of text.toLowerCase().match(/[\\p{L}\\p{N}]+/gu) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
        return Object.fromEntries([...counts].sort((one, other) => other[1] - one[1]).slice(0, top));
      },
    ),
  },
});
`;
}

function tests(ending: string): string {
  return `// \`node --test\` runs these: the plugin in the process of the test.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startPlugin } from '@bulkhead/plugin-sdk/testing';
import plugin from './plugin.${ending}';

test('greets, as its configuration says', async (t) => {
  const running = await startPlugin(plugin, { config: { greeting: 'Good morning' } });
  t.after(() => running.close());
  assert.deepEqual(await running.call('execute', { name: 'Ada' }), { message: 'Good morning, Ada!' });
});

test('counts words', async (t) => {
  const running = await startPlugin(plugin);
  t.after(() => running.close());
  assert.deepEqual(await running.call('count_words', { text: 'to be or not to be', top: 1 }), { to: 2 });
});
`;
}

const COMPILER = `{
  "compilerOptions": {
    "target": "es2023",
    "module": "nodenext",
    "strict": true,
    "noEmit": true,
    "allowImportingTsExtensions": true,
    "erasableSyntaxOnly": true,
    "verbatimModuleSyntax": true,
    "skipLibCheck": true
  }
}
`;

function readme(id: string, isTyped: boolean): string {
  const types = isTyped
    ? `
Node leaves the types out when it runs \`plugin.ts\`, which takes 22.18 or later. For an older one compile it, and name the JavaScript file as
\`entry_point\` in \`package.json\`.
`
    : '';
  return `# ${id}

A plugin for Bulkhead.

Run it:

\`\`\`sh
bulkhead run ${id} --input '{"name": "Ada"}'
bulkhead run ${id} --action count_words --input '{"text": "to be or not to be", "top": 2}'
\`\`\`

Test it:

\`\`\`sh
npm install
node --test
\`\`\`

What it imports belongs into \`dependencies\` of \`package.json\`; the next run makes the environment anew. \`@bulkhead/plugin-sdk\` is there for
editors and tests: a host always brings its own.
${types}`;
}

import type { OfPlugin, Reasoned } from './details.ts';
import type { CatalogueEntry } from './entry.ts';
import { listed } from './words.ts';

export const NODE_NOT_FOUND: CatalogueEntry<
  OfPlugin & {
    readonly wanted: string;
    readonly found: readonly string[];
    readonly searched: readonly string[];
  }
> = {
  blame: 'environment',
  retryable: false,
  httpStatus: 500,
  when: 'No Node on the machine is in the ranges that the plugins of an environment ask for in `engines`.',
  message: ({ plugin, wanted, found }) =>
    `Plugin "${plugin}" needs Node ${wanted}, which is not on this machine (found: ${listed(found)}).`,
  advice: ({ searched }) =>
    `Install such a Node, for example with nvm, fnm or mise, or change \`engines\` in its package.json. Looked in: ${listed(searched)}.`,
  sample: {
    plugin: 'word_count',
    wanted: '>=24',
    found: ['22.18.0 (nvm)', "20.19.4 (the host's own)"],
    searched: ["the host's own", 'PATH', 'nvm', '/usr/bin', '/usr/local/bin', '/opt'],
  },
};

export const NPM_UNAVAILABLE: CatalogueEntry<
  OfPlugin & {
    /** Version and path. */
    readonly node: string;
  }
> = {
  blame: 'environment',
  retryable: false,
  httpStatus: 500,
  when: 'A plugin of Node asks for packages, and there is no npm that could install them.',
  message: ({ plugin, node }) =>
    `There is no npm to install the packages of plugin "${plugin}": none belongs to Node ${node} or to the host's own, and none is on the PATH.`,
  advice: () => 'Install npm: Node of nodejs.org and of version managers has it; on Debian it is the package npm.',
  sample: { plugin: 'word_count', node: '22.18.0 (/usr/bin/node)' },
};

export const PACKAGE_SOURCE_UNSUPPORTED: CatalogueEntry<
  Reasoned & {
    readonly packageName: string;
    /** As package.json has it. */
    readonly source: string;
    /** A sentence. */
    readonly cure: string;
  }
> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 500,
  when: "A plugin's package.json asks for a package from a place that is not there, or that only another tool or the plugin's workspace knows.",
  message: ({ plugin, packageName, source, reason }) =>
    `Plugin "${plugin}" asks for the package "${packageName}" as "${source}", which can't be installed: ${reason}.`,
  advice: ({ cure }) => cure,
  sample: {
    plugin: 'word_count',
    packageName: '@acme/words',
    source: 'workspace:*',
    reason: 'npm knows no "workspace:"',
    cure: 'Write a range such as "^1.2.0", or a folder such as "file:../words".',
  },
};

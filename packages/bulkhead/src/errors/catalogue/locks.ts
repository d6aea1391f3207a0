import type { OfPlugin, Reasoned } from './details.ts';
import type { CatalogueEntry } from './entry.ts';

export const LOCK_STALE: CatalogueEntry<
  Reasoned & {
    /** Name of the file; uv.lock unless given. */
    readonly lock?: string | undefined;
  }
> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 500,
  when: "The plugin's lock file no longer fits its pyproject.toml or package.json.",
  message: ({ plugin, reason }) => `The lock file of plugin "${plugin}" is out of date: ${reason}.`,
  advice: ({ lock = 'uv.lock' }) =>
    `Run \`${lock === 'uv.lock' ? 'uv lock' : 'npm install --package-lock-only'}\` in the plugin's folder, or remove ${lock}.`,
  sample: { plugin: 'forecaster', reason: 'pyproject.toml has changed since it was written' },
};

export const LOCK_UNSUPPORTED: CatalogueEntry<
  OfPlugin & {
    /** Such as `pnpm-lock.yaml`. */
    readonly lock: string;
    readonly tool: string;
  }
> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 500,
  when: 'The packages of a plugin are locked by another tool than npm, which can not read that file.',
  message: ({ plugin, lock, tool }) =>
    `The packages of plugin "${plugin}" are locked by ${tool}, in ${lock}, and npm installs them, which can't read it.`,
  advice: ({ lock }) =>
    `Write a lock file of npm beside it, by \`npm install --package-lock-only\` in its folder, or remove ${lock}.`,
  sample: { plugin: 'word_count', lock: 'pnpm-lock.yaml', tool: 'pnpm' },
};

export const HASH_CHECK_FAILED: CatalogueEntry<Reasoned & { readonly packageName: string }> = {
  blame: 'environment',
  retryable: false,
  httpStatus: 500,
  when: "A plugin's requirements.txt or lock file has hashes, and a package that would be installed does not have one of them.",
  message: ({ plugin, packageName, reason }) =>
    `Plugin "${plugin}" would get a "${packageName}" that its hashes don't allow: ${reason}.`,
  advice: () =>
    'Nothing was installed. If the package index is right, renew the hashes, such as with `uv pip compile --generate-hashes`, or the lock file.',
  sample: {
    plugin: 'forecaster',
    packageName: 'pandas',
    reason: 'no file of pandas 2.0.0 has one of the hashes in requirements.txt',
  },
};

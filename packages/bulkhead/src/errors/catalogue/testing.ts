import type { CatalogueEntry } from './entry.ts';
import type { OfPlugin, Reasoned } from './details.ts';

export const TESTS_NOT_FOUND: CatalogueEntry<OfPlugin & { readonly folder: string }> = {
  blame: 'user',
  retryable: false,
  httpStatus: 404,
  when: '`bulkhead test` was asked for the tests of a plugin that has none.',
  message: ({ plugin, folder }) => `Plugin "${plugin}" has no tests in ${folder}.`,
  advice: () =>
    'pytest takes functions called `test_…` in files called `test_….py`, such as tests/test_plugin.py. docs/writing-a-plugin.md#testing shows some.',
  sample: { plugin: 'text_tools', folder: '/srv/app/plugins/text_tools' },
};

export const TESTS_UNSUPPORTED: CatalogueEntry<
  OfPlugin & {
    readonly environment: 'image' | 'node';
  }
> = {
  blame: 'user',
  retryable: false,
  httpStatus: 501,
  when: '`bulkhead test` was asked for the tests of a plugin whose packages are in an image, or are not of Python.',
  message: ({ plugin, environment }) =>
    environment === 'node'
      ? `Plugin "${plugin}" is one of Node, and \`bulkhead test\` runs pytest.`
      : `Plugin "${plugin}" runs in a container: its packages are in the image, where \`bulkhead test\` can't run tests.`,
  advice: ({ environment }) =>
    environment === 'node'
      ? 'Run its tests in its folder, such as with `node --test`.'
      : 'Run pytest in the image, or in a registry that has the plugin without `isolation: docker`.',
  sample: { plugin: 'converter', environment: 'image' },
};

export const TESTS_CUT_OFF: CatalogueEntry<Reasoned> = {
  blame: 'plugin',
  retryable: false,
  httpStatus: 500,
  when: "The process that runs a plugin's tests could not be started, or was ended by a signal.",
  message: ({ plugin, reason }) => `The tests of plugin "${plugin}" did not come to their end: ${reason}.`,
  advice: () =>
    'After SIGSEGV or SIGABRT look at the compiled packages that the test uses, after SIGKILL at the memory of the machine; `-- -v` names the test.',
  sample: { plugin: 'text_tools', reason: 'pytest was ended by SIGSEGV' },
};

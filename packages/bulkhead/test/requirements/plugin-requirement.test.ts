import { expect, test } from 'vitest';
import { readPluginRequirement } from '../../src/requirements/plugin-requirement.ts';

test.each([
  ['plugin_sdk', 'Bulkhead itself brings plugin_sdk into each plugin; leave "plugin-sdk" out'],
  [' Plugin.SDK>=1', 'Bulkhead itself brings plugin_sdk into each plugin; leave "plugin-sdk" out'],
  ['bulkhead-plugin-sdk @ file:///x', 'Bulkhead itself brings plugin_sdk'],
  ['python>=3.9', 'a Python is asked for by `requires-python` or `python_version`'],
  ['six==*', '"==*" is not a version specifier; for any version write "six" alone'],
  ['six@latest', '"latest" is not an address; a version is written as in "six>=1.2", the latest is "six" alone'],
  ['six\n', 'no line break may stand in it'],
  ['-e ./lib', '"-e" is an option of pip'],
])('%s is refused: %s', (text, problem) => {
  expect(readPluginRequirement(text)).toMatchObject({ problem: expect.stringContaining(problem) });
});

test.each(['six==1.*', 'six!=1.*,>1', 'pythonic', 'plugin-sdk-extras', 'a @ git+https://host/a.git'])(
  '%s is none of these',
  (text) => {
    expect(readPluginRequirement(text)).not.toHaveProperty('problem');
  },
);

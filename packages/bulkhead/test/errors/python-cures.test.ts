import { expect, test } from 'vitest';
import { errorFromRemote } from '../../src/errors/remote-failure.ts';
import { packageOf } from '../../src/requirements/package-of-module.ts';

const ORIGIN = { plugin: 'p', action: 'execute', actions: [] };

test.each([
  ['yaml', 'PyYAML'],
  ['cv2', 'opencv-python-headless'],
  ['PIL.Image', 'Pillow'],
  ['sklearn.svm', 'scikit-learn'],
  ['google.cloud.storage.blob', 'google-cloud-storage'],
  ['rapidfuzz.process', 'rapidfuzz'],
])('%s is asked for as %s', (module, distribution) => {
  expect(packageOf(module)).toBe(`"${distribution}"`);
});

test.each([['my_tools'], ['constructor'], ['yamlish']])('%s may be a module of the plugin itself', (module) => {
  expect(packageOf(module)).toMatch(`the package that brings "${module}"`);
});

test.each([
  ['ModuleNotFoundError', "No module named 'yaml'", /Add "PyYAML" to the plugin's requirements/],
  ['NameError', "name 'action' is not defined", /`from plugin_sdk import action`/],
  ['NameError', "name 'other' is not defined", /traceback/],
  ['ValueError', "No module named 'yaml'", /traceback/],
])('%s: %s has its cure', (type, message, cure) => {
  for (const code of ['PLUGIN_RAISED', 'PLUGIN_IMPORT_FAILED', 'PLUGIN_INITIALIZE_FAILED'])
    expect(errorFromRemote({ code, type, message }, ORIGIN).advice).toMatch(cure);
});

test('a plugin that is not written as one names each mistake with its place', () => {
  const mistakes = [
    { file: '/p/plugin.py', line: 3, message: 'execute(self) gets\n\u001b[31mred' },
    { message: 'and this' },
    { line: 3 },
    null,
  ];
  const error = errorFromRemote({ code: 'PLUGIN_INVALID', message: 'both', data: { mistakes } }, ORIGIN);
  expect(error).toMatchObject({ code: 'PLUGIN_INVALID', blame: 'plugin' });
  expect(error.message).toBe(
    'Plugin "p" is not written as a plugin has to be:\n  /p/plugin.py:3: execute(self) gets\\n\\x1b[31mred\n  and this',
  );
  expect(errorFromRemote({ code: 'PLUGIN_INVALID', message: 'both' }, ORIGIN).message).toMatch(/\n {2}both$/);
});

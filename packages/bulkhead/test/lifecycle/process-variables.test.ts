import { expect, test } from 'vitest';
import { pluginVariables } from '../../src/lifecycle/process-variables.ts';

test('a plugin sees the allow-listed variables of the host, and its own', () => {
  const host = {
    PATH: '/bin',
    HOME: '/home/ada',
    LC_ALL: 'C',
    AWS_SECRET_ACCESS_KEY: 'hush',
    PYTHONPATH: '/elsewhere',
    PYTHONDONTWRITEBYTECODE: '1',
    EMPTY: undefined,
  };
  expect(pluginVariables(host, { TOKEN: 'mine', LC_ALL: 'de_DE' })).toEqual({
    PATH: '/bin',
    HOME: '/home/ada',
    LC_ALL: 'de_DE',
    TOKEN: 'mine',
  });
});

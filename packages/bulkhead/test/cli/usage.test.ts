import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorOf, Workshop } from './workshop.ts';

let workshop: Workshop;
beforeAll(async () => {
  workshop = await Workshop.open();
});
afterAll(async () => {
  await workshop[Symbol.asyncDispose]();
});

describe('bulkhead', () => {
  test.each(['--version', '-v'])('%s prints the version alone', async (option) => {
    expect(await workshop.run([option])).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: '',
    });
  });

  test('--help names every command, examples and exit statuses, on standard output', async () => {
    const { exitCode, stdout, stderr } = await workshop.run(['--help']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const word of [
      'init',
      'new',
      'sync',
      'list',
      'run',
      'dev',
      'debug',
      'doctor',
      '$ bulkhead init',
      'Exit status: 0 done',
      'BULKHEAD_HOME',
    ])
      expect(stdout).toContain(word);
  });

  test.each(['init', 'new', 'sync', 'list', 'run', 'dev', 'test', 'debug', 'doctor'])(
    '%s --help shows --registry, which every command takes',
    async (command) => {
      const { exitCode, stdout } = await workshop.run([command, '--help']);
      expect(exitCode).toBe(0);
      expect(stdout).toContain('--registry <file>');
    },
  );

  test('without a command shows the help on standard error and fails', async () => {
    const { exitCode, stdout, stderr } = await workshop.run([]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('Usage: bulkhead');
  });

  test.each([
    { parameters: ['rum', 'x'], says: ["unknown command 'rum'", 'Did you mean run?'] },
    { parameters: ['list', '--jsn'], says: ["unknown option '--jsn'", 'Did you mean --json?', 'bulkhead list --help'] },
    { parameters: ['help', 'chek'], says: ["unknown command 'chek'", 'Did you mean check?'] },
    { parameters: ['completion', 'bsh'], says: ["'bsh' is invalid", 'Allowed choices are bash, zsh, fish'] },
    { parameters: ['run'], says: ["missing required argument 'id'", 'bulkhead run --help'] },
    { parameters: ['run', 'x', 'y'], says: ['too many arguments'] },
  ])('bulkhead $parameters is a mistake of usage', async ({ parameters, says }) => {
    const { exitCode, stdout, stderr } = await workshop.run(parameters);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    for (const part of says) expect(stderr).toContain(part);
  });

  test('tells of a variable that is misspelt, and of no other', async () => {
    const variables = { BULKHEAD_HOEM: '/x', BULKHEADLOG: 'info', BULKHEAD_MODE: 'x' };
    const { stderr } = await workshop.run(['help', 'list'], { variables });
    expect(stderr).toBe(
      'note: BULKHEAD_HOEM is no variable of Bulkhead; did you mean BULKHEAD_HOME?\nnote: BULKHEADLOG is no variable of Bulkhead; did you mean BULKHEAD_LOG?\n',
    );
    expect((await workshop.run(['list', '--json'], { variables })).stderr).not.toContain('HOEM');
  });

  test('tells of a mistake of usage in JSON too', async () => {
    const outcome = await workshop.run(['run', '--json']);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching(/^\{.*\}\n$/) as string });
    expect(errorOf(outcome)).toMatchObject({ code: 'ARGUMENT_INVALID', blame: 'user' });
  });

  test.each([['list'], ['sync'], ['run', 'x']])(
    '%s says where a registry was expected and how to make one',
    async (...parameters) => {
      const { exitCode, stderr } = await workshop.run(parameters);
      expect(exitCode).toBe(2);
      expect(stderr).toContain(`${workshop.folder}/plugins.yaml`);
      expect(stderr).toContain('bulkhead init');
    },
  );

  test('shows a mistake in the registry with its line and column', async () => {
    const file = await workshop.write('wrong.yaml', 'plugins:\n  - id: a\n    pth: ./a\n');
    const { exitCode, stdout, stderr } = await workshop.run(['list', '--registry', file]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(`${file}:3:5: `);
    expect(stderr).toContain('path');
  });

  test('colours only when it is wanted', async () => {
    expect((await workshop.run(['list'])).stderr).not.toContain('\u001b');
    expect((await workshop.run(['list'], { variables: { FORCE_COLOR: '1' } })).stderr).toContain('\u001b[31m');
    expect((await workshop.run(['list'], { variables: { FORCE_COLOR: '1', NO_COLOR: '1' } })).stderr).not.toContain(
      '\u001b',
    );
  });
});

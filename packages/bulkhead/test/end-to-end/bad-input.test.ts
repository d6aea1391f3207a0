import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BulkheadError, exitCodeOf, isBulkheadError } from '../../src/errors/bulkhead-error.ts';
import type { ErrorCode } from '../../src/errors/error-details.ts';
import type { ExecuteOptions } from '../../src/manager/execute-options.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { observed, startedBy } from '../test-home.ts';

describe.each(['spawn', 'fork'] as const)('started by %s:', (start) => {
  /** One manager with a plugin for each mistake; `echo` is among them and must not notice. */
  const { options, lines } = observed();
  let manager: PluginManager;
  let echoPid: number | undefined;
  let registry: string;

  beforeAll(async () => {
    registry = await startedBy(start, 'bad-input.yaml');
    const variables = { ...process.env, DOCKER_HOST: 'unix:///nowhere/no-engine.sock' };
    manager = await PluginManager.open(registry, { ...options, variables });
    await manager.startPlugin('echo');
    echoPid = pidOf('echo');
  }, 300_000);

  afterAll(async () => {
    const echo = manager.plugins().find(({ id }) => id === 'echo');
    const answer = await manager.executePlugin('echo', 'still here');
    await manager.close();
    await rm(dirname(registry), { recursive: true });
    expect(answer).toBe('still here');
    expect(echo?.instances).toMatchObject([{ pid: echoPid, generation: 1, health: 'ready' }]);
  });

  interface Expected {
    readonly plugin: string;
    readonly input?: unknown;
    readonly options?: ExecuteOptions;
    readonly code: ErrorCode;
    readonly exit: 1 | 2 | 3;
    readonly says: readonly RegExp[];
  }

  const cases: readonly Expected[] = [
    {
      plugin: 'no_folder',
      code: 'PLUGIN_FOLDER_MISSING',
      exit: 2,
      says: [/there_is_no_such_folder/, /bad-input\.yaml:4/],
    },
    { plugin: 'wrong_manifest', code: 'MANIFEST_INVALID', exit: 1, says: [/pyproject\.toml:6:/, /entry_point/] },
    { plugin: 'missing_python', code: 'PYTHON_NOT_FOUND', exit: 3, says: [/3\.99/, /3\.11/] },
    {
      plugin: 'missing_package',
      code: 'PACKAGE_NOT_FOUND',
      exit: 3,
      says: [/a-package-that-nobody-ever-published-5c1f/],
    },
    { plugin: 'contradiction', code: 'DEPENDENCIES_CONFLICT', exit: 3, says: [/six/, /1\.16\.0/, /1\.10/] },
    {
      plugin: 'cannot_be_imported',
      code: 'TRIAL_IMPORT_FAILED',
      exit: 3,
      says: [/numpy\.dtype size changed/, /as_of/],
    },
    {
      plugin: 'fails_to_import',
      code: 'PLUGIN_IMPORT_FAILED',
      exit: 1,
      says: [
        /ModuleNotFoundError/,
        /a_module_that_nobody_wrote/,
        /Add the package that brings "a_module_that_nobody_wrote" .* to a requirements\.txt/,
      ],
    },
    { plugin: 'syntax_error', code: 'PLUGIN_IMPORT_FAILED', exit: 1, says: [/SyntaxError/, /plugin\.py/] },
    { plugin: 'holds_no_plugin', code: 'PLUGIN_INVALID', exit: 1, says: [/PluginBase/] },
    { plugin: 'exits_softly', code: 'PLUGIN_INITIALIZE_FAILED', exit: 1, says: [/exit/, /3/, /I have seen enough/] },
    { plugin: 'exits_hard', code: 'PLUGIN_EXITED', exit: 1, says: [/exited with status 7/, /I have seen enough/] },
    {
      plugin: 'slow_to_start',
      code: 'PLUGIN_START_TIMEOUT',
      exit: 1,
      says: [/0\.5 s/, /timeouts: \{ start/, /warming up/],
    },
    {
      plugin: 'raises',
      input: 'pens',
      code: 'PLUGIN_RAISED',
      exit: 1,
      says: [/OutOfStock: no more pens/, /plugin\.py", line/, /looking for it/],
    },
    {
      plugin: 'unencodable',
      options: { action: 'a_complex' },
      code: 'RESULT_NOT_ENCODABLE',
      exit: 1,
      says: [/\$\.rows\[1\]/, /value\.real/],
    },
    {
      plugin: 'unencodable',
      options: { action: 'an_open_file' },
      code: 'RESULT_NOT_ENCODABLE',
      exit: 1,
      says: [/TextIOWrapper/],
    },
    {
      plugin: 'unencodable',
      options: { action: 'a_large_integer' },
      code: 'RESULT_NOT_ENCODABLE',
      exit: 1,
      says: [/\$\[0\]/, /64/],
    },
    {
      plugin: 'unencodable',
      input: { size: 5_000_000 },
      options: { action: 'too_much' },
      code: 'RESULT_TOO_LARGE',
      exit: 1,
      says: [/1048576/, /limits: \{ frame/],
    },
    {
      plugin: 'unencodable',
      options: { action: 'a_complexx' },
      code: 'ACTION_UNKNOWN',
      exit: 2,
      says: [/Did you mean "a_complex"/],
    },
    {
      plugin: 'unencodable',
      input: { sise: 1 },
      options: { action: 'too_much' },
      code: 'INPUT_REJECTED',
      exit: 2,
      says: [/size/],
    },
    {
      plugin: 'dies',
      input: { name: 'SIGSEGV' },
      options: { action: 'by_signal' },
      code: 'PLUGIN_CRASHED',
      exit: 1,
      says: [/SIGSEGV/, /native code/, /about to die/],
    },
    {
      plugin: 'dies',
      input: { status: 9 },
      options: { action: 'by_exit' },
      code: 'PLUGIN_CRASHED',
      exit: 1,
      says: [/exited with status 9/],
    },
    {
      plugin: 'dies',
      options: { action: 'of_a_closed_connection' },
      code: 'PLUGIN_DISCONNECTED',
      exit: 1,
      says: [
        /closed its (data channel|connection to the host)/,
        /descriptors 3 and 4/,
        /has closed file descriptor 3, the data channel/,
      ],
    },
    { plugin: 'dies', options: { action: 'of_lying' }, code: 'PROTOCOL_VIOLATION', exit: 1, says: [/unknown kind 99/] },
    { plugin: 'never_answers', code: 'CALL_TIMEOUT', exit: 1, says: [/0\.3 s/, /timeouts: \{ call/] },
    { plugin: 'in_docker', code: 'ENGINE_UNAVAILABLE', exit: 3, says: [/no-engine.sock/, /DOCKER_HOST/] },
    { plugin: 'ecko', code: 'PLUGIN_UNKNOWN', exit: 2, says: [/Did you mean "echo"/] },
  ];

  describe('each mistake ends in an error that says what happened, whose fault it is and what to do', () => {
    test.each(cases)(
      '$plugin $options.action: $code',
      { timeout: 300_000 },
      async ({ plugin, input, options: callOptions, code, exit, says }) => {
        const error = await errorOf(manager.executePlugin(plugin, input, callOptions));
        expect(error.code).toBe(code);
        expect(exitCodeOf(error)).toBe(exit);
        expect(error.advice).not.toBe('');
        const { remoteTraceback = '', lastLines = [] } = error.context;
        const everything = [error.message, error.advice, remoteTraceback, ...lastLines].join('\n');
        for (const pattern of says) expect(everything).toMatch(pattern);
      },
    );
  });

  test('a plugin that prints 10 MB before it is ready becomes ready, and every line reaches the log', async () => {
    expect(await manager.executePlugin('prints_on_start')).toBe('ready all the same');
    const printed = lines.filter((line) => line['plugin'] === 'prints_on_start' && line['stream'] === 'stdout');
    expect(printed.filter(({ msg }) => /^\d{6} \.{93}$/.test(String(msg)))).toHaveLength(100_000);
    expect(lines.some((line) => line['stream'] === 'stderr' && line['msg'] === 'last words on standard error')).toBe(
      true,
    );
  });

  test('an exception crosses with its chain of causes and its data', async () => {
    const error = await errorOf(manager.executePlugin('raises', 'ink'));
    expect(error.context.remoteData).toEqual({ article: 'ink' });
    expect(error.context.remoteType).toBe('OutOfStock');
    expect(error.cause).toMatchObject({ name: 'KeyError', message: "'shelf 3'" });
    expect(error.context.remoteTraceback).not.toMatch(/plugin_sdk/);
  });

  test('a plugin is as good as new after each death', async () => {
    await manager.startPlugin('dies_again');
    const before = pidOf('dies_again');
    await errorOf(manager.executePlugin('dies_again', { name: 'SIGABRT' }, { action: 'by_signal' }));
    expect(await manager.executePlugin('dies_again')).toBe('alive');
    expect(pidOf('dies_again')).not.toBe(before);
  });

  function pidOf(id: string): number | undefined {
    return manager.plugins().find((plugin) => plugin.id === id)?.instances[0]?.pid;
  }
});

async function errorOf(promise: Promise<unknown>): Promise<BulkheadError> {
  const error: unknown = await promise.then(
    (value) => expect.unreachable(`it should have failed, and answered ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  if (!isBulkheadError(error)) throw error;
  return error;
}

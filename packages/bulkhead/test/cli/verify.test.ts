import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixture } from '../test-home.ts';
import { LiveCommand } from './live-command.ts';
import { errorOf, Workshop } from './workshop.ts';

let workshop: Workshop;

beforeAll(async () => {
  workshop = await Workshop.open();
  for (const name of ['well_behaved', 'prints_much', 'hangs_in_cleanup'])
    await cp(fixture(`verified/${name}`), join(workshop.folder, name), { recursive: true });
  await workshop.write(
    'plugins.yaml',
    'plugins: [{ id: good, path: well_behaved }, { id: loud, path: prints_much }, { id: stuck, path: hangs_in_cleanup, start: fork }]',
  );
});

afterAll(async () => await workshop[Symbol.asyncDispose]());

const FEW = ['--calls', '60', '--calls-time', '2s'];

describe('bulkhead verify', () => {
  test('says of each check what was seen, before that what is called, and at the end whether all is well', async () => {
    const { exitCode, stdout, stderr } = await workshop.run(['verify', 'good', ...FEW, '--html', 'page.html']);
    expect(stderr).toContain('This runs the code of the plugin');
    expect(stdout).toMatch(/^\ngood as it is declared\n {2}passed {2}handshake {4}ready after/);
    expect(stdout).toContain(
      '  calls       greet (2 of its examples), add (2 made from its schema), wait (1 of its examples)',
    );
    expect(stdout).toContain('  not called  delete_all: it has no examples, and is not declared pure');
    expect(stdout).toMatch(/\n\ngood passed: 13 passed, in [\d.]+ s\.\nThe page is in page\.html\.\n$/);
    expect(exitCode).toBe(0);
    const page = await workshop.read('page.html');
    expect(page).toContain('<title>good: passed</title>');
    expect(page.match(/class="verdict passed"/g)?.length).toBe(15);
    expect(page).toContain('<polyline points=');
    expect(page).not.toMatch(/(src|href)="http/);
  });

  test('warns, which is no failure unless it is told to be strict', async () => {
    const loud = ['verify', 'loud', '--check', 'noise'];
    const { exitCode, stdout } = await workshop.run(loud);
    expect(stdout).toMatch(/ {2}warned {2}noise .*\n {10}It prints at each call: 2 lines.*\n {10}→ Each line costs/);
    expect(stdout).toContain('loud warned: 2 passed, 1 warned');
    expect(exitCode).toBe(0);
    expect(await workshop.run([...loud, '--strict'])).toMatchObject({ exitCode: 1 });
  });

  test('fails for a plugin in no registry, and prints JSON', async () => {
    const { exitCode, stdout, stderr } = await workshop.run([
      'verify',
      './hangs_in_cleanup',
      '--check',
      'end',
      '--json',
    ]);
    expect(exitCode).toBe(1);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({
      plugin: 'hangs_in_cleanup',
      verdict: 'failed',
      variants: [
        {
          tier: 'process',
          transport: 'socket',
          reason: null,
          actions: [{ name: 'repeat', inputs: 'examples', count: 1, reason: null }],
          checks: [
            { check: 'handshake', verdict: 'passed', problems: [], memory: null },
            { check: 'actions', verdict: 'passed' },
            {
              check: 'end',
              verdict: 'failed',
              problems: [{ blame: 'plugin', code: null, what: expect.stringContaining('by force') }],
            },
          ],
        },
      ],
    });
  });

  test('shows several places side by side, with the reason where it can not be run so', async () => {
    const places = ['--transport', 'socket', '--transport', 'stdio'];
    const { exitCode, stdout } = await workshop.run([
      'verify',
      'stuck',
      ...places,
      '--check',
      'metadata',
      '--html',
      'matrix.html',
    ]);
    expect(stdout).toContain('stuck over socket\n');
    expect(stdout).toContain('stuck over stdio\n  not run: transport: with start: fork it has to be socket\n');
    expect(exitCode).toBe(0);
    const page = await workshop.read('matrix.html');
    expect(page).toContain('<h2>Everywhere</h2>');
    expect(page).toContain("It can't be run so: transport: with start: fork it has to be socket");
  });

  test.each([
    [['nobody'], 'PLUGIN_UNKNOWN'],
    [['good', '--check', 'colour'], 'ARGUMENT_INVALID'],
    [['good', '--action', 'greets'], 'ACTION_UNKNOWN'],
    [['good', '--calls-time', 'soon'], 'ARGUMENT_INVALID'],
    [['good', '--calls', '0'], 'ARGUMENT_INVALID'],
    [['good', '--transport', 'pigeon'], 'ARGUMENT_INVALID'],
    [['good', '--check', 'metadata', '--html', 'no/such/folder.html'], 'ARGUMENT_INVALID'],
  ])('takes %j for a mistake', async (parameters, code) => {
    const outcome = await workshop.run(['verify', ...parameters, '--json']);
    expect(errorOf(outcome)).toMatchObject({ code });
    expect(outcome.exitCode).toBe(2);
  });

  test('waits for the end of what it has killed, also of a process that others share', async () => {
    const javascript = fixture('verified/well_behaved_in_javascript');
    await workshop.write('javascript.yaml', `plugins: [{ id: js, path: ${javascript} }]`);
    const told = ['verify', 'js', '--registry', 'javascript.yaml', '--tier', 'thread', '--check', 'crash'];
    const { exitCode, stdout } = await workshop.run(told);
    expect(stdout).toMatch(/ {2}passed {2}crash .*answered again/);
    expect(exitCode).toBe(0);
  });

  test('ends at Ctrl-C, and leaves nothing running', async () => {
    await using command = new LiveCommand(
      workshop.start(['verify', 'good', '--calls', '100000000', '--calls-time', '1h']),
    );
    await command.until('stdout', 'time limit');
    expect(await command.end('SIGINT')).toMatchObject({ exitCode: 130 });
    expect(JSON.parse((await workshop.run(['list', '--json'])).stdout).plugins[0].running).toEqual([]);
  });
});

test('bulkhead describe shows examples', async () => {
  const { stdout } = await workshop.run(['describe', 'good']);
  expect(stdout).toContain(
    '  for example {"name":"Ada"} → "Hello, Ada!"\n  for example {"name":"Grace","loud":true}\n',
  );
});

import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorOf, Workshop, withSample } from './workshop.ts';

let workshop: Workshop;
beforeAll(async () => {
  workshop = await Workshop.open();
  await withSample(workshop);
  await workshop.run(['sync']);
});
afterAll(async () => {
  await workshop[Symbol.asyncDispose]();
});

describe('the result of bulkhead run', () => {
  test('is one line of JSON in a pipe, and nothing else', async () => {
    const outcome = await workshop.run(['run', 'sample', '--input', '{"name": ["Ada", 1.5, true, null]}']);
    expect(outcome).toEqual({ exitCode: 0, stdout: '{"name":["Ada",1.5,true,null]}\n', stderr: '' });
  });

  test('keeps what JSON has no word for', async () => {
    const { stdout } = await workshop.run(['run', 'sample', '-a', 'every_kind', '--json']);
    expect(stdout).toBe(
      '{"big":9223372036854775808,"bytes":{"$bytes":"YWJj"},"when":"2026-01-02T00:00:00.000Z","nan":null,"none":null}\n',
    );
  });

  test('is given back as it was given, with all digits and bytes', async () => {
    const written = '{"id":9007199254740993,"bytes":{"$bytes":"AAEC"},"text":"9007199254740993"}';
    expect(await workshop.run(['run', 'sample', '--input', '-'], { input: written })).toMatchObject({
      exitCode: 0,
      stdout: `${written}\n`,
    });
  });

  test('comes apart from what the plugin prints and logs', async () => {
    const outcome = await workshop.run(['run', 'sample', '-a', 'speak']);
    expect(outcome).toMatchObject({ exitCode: 0, stdout: '"spoken"\n' });
    expect(outcome.stderr).toContain('sample | printed\n');
    expect(outcome.stderr).toContain('sample | warning: logged {"size":3}\n');
    expect(outcome.stderr).toContain('sample | of.sample: by logging\n');
    expect(outcome.stderr).toMatch(
      /sample \| error: of\.sample: it failed\nsample \| Traceback [^]*\nsample \| LookupError: not here\n/,
    );
    expect((await workshop.run(['run', 'sample', '-a', 'speak', '--json'])).stderr).toBe('');
  });

  test('is laid out for reading on a terminal, where text is printed as it is', async () => {
    const onTerminal = async (...parameters: string[]): Promise<string> => {
      const script = 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)';
      const { stdout } = await execa('python3', ['-c', script, ...workshop.command, ...parameters], {
        cwd: workshop.folder,
        env: workshop.variables(),
      });
      return stdout.replaceAll('\r\n', '\n');
    };
    expect(await onTerminal('run', 'sample', '-i', `{"one": [1, 2], "text": "${'x'.repeat(80)}"}`)).toContain(
      `{\n  "one": [1, 2],\n  "text": "${'x'.repeat(80)}"\n}`,
    );
    expect(await onTerminal('run', 'sample', '-i', String.raw`"plain \u001b[31m"`)).toMatch(/plain \\x1b\[31m$/);
  });
});

describe('bulkhead run --output', () => {
  test('writes bytes as they are', async () => {
    const outcome = await workshop.run(['run', 'sample', '-i', '{"$bytes":"AAEC/w=="}', '-o', 'bytes.bin']);
    expect(outcome).toEqual({ exitCode: 0, stdout: '', stderr: 'Wrote bytes.bin (1 kB).\n' });
    expect(await readFile(join(workshop.folder, 'bytes.bin'))).toEqual(Buffer.from([0, 1, 2, 255]));
  });

  test('writes text as it is, and all else as JSON', async () => {
    await workshop.run(['run', 'sample', '-i', '"plain"', '-o', 'text.txt']);
    expect(await workshop.read('text.txt')).toBe('plain');
    await workshop.run(['run', 'sample', '-i', '{"a": [1, null]}', '-o', 'value.json']);
    expect(await workshop.read('value.json')).toBe('{"a":[1,null]}\n');
  });

  test('says of a file that can not be written which one it is', async () => {
    const outcome = await workshop.run(['run', 'sample', '-i', '1', '-o', 'nowhere/file', '--json']);
    expect(errorOf(outcome).message).toContain('nowhere/file');
    expect(outcome.exitCode).not.toBe(0);
  });
});

describe('bulkhead run --file', () => {
  test('puts the bytes of files at keys of the input', async () => {
    await workshop.write('one.txt', 'one');
    const { stdout } = await workshop.run(['run', 'sample', '-i', '{"n": 1}', '-f', 'a=one.txt', '-f', 'b=one.txt']);
    expect(JSON.parse(stdout)).toEqual({ n: 1, a: { $bytes: 'b25l' }, b: { $bytes: 'b25l' } });
  });

  test.each([
    [['-f', 'one.txt'], /expected KEY=PATH/],
    [['-f', 'a=nowhere.txt'], /there is no file nowhere.txt/],
    [['-i', '[1]', '-f', 'a=one.txt'], /the input has no keys/],
  ])('%j is refused', async (options, says) => {
    const outcome = await workshop.run(['run', 'sample', ...options, '--json']);
    expect(outcome.exitCode).toBe(2);
    expect(errorOf(outcome).message).toMatch(says);
  });
});

describe('bulkhead describe', () => {
  test('shows the actions with their parameters', async () => {
    const { stdout } = await workshop.run(['describe', 'sample']);
    expect(stdout).toMatch(/^sample, Python 3\.\d+\.\d+\n/);
    expect(stdout).toMatch(/\ndescribe\n {2}value {2}any +required\n/);
  });

  test('shows what the actions answer, as far as that is known', async () => {
    const { stdout } = await workshop.run(['describe', 'sample']);
    expect(stdout).toMatch(/\ndescribe\n {2}value {2}any +required\n {2}→ string\n/);
    expect(stdout).toMatch(/\nfor_ever\n {2}→ stream\n\nfail\n\n/);
  });

  test('is JSON for programs, with the schemas', async () => {
    const { stdout } = await workshop.run(['describe', 'sample', '--json']);
    const { actions, hooks } = JSON.parse(stdout) as { actions: Record<string, unknown>; hooks: unknown };
    expect(actions['describe']).toMatchObject({ input: { required: ['value'] }, output: { type: 'string' } });
    expect(actions['for_ever']).toMatchObject({ stream: true });
    expect(hooks).toEqual([]);
  });

  test('shows all plugins, and with --no-start those that are known', async () => {
    await workshop.write(
      'several.yaml',
      'plugins:\n  - { id: fresh, path: ./sample, python_version: "3.11", config: { number: 1 } }\n  - { id: lost, path: ./nowhere }\n  - { id: off, path: ./sample, enabled: false }\n',
    );
    const all = async (...options: string[]) => await workshop.run(['-r', 'several.yaml', 'describe', ...options]);
    const before = await all('--no-start', '--json');
    expect(before.exitCode).toBe(2);
    expect(JSON.parse(before.stdout)).toMatchObject({
      registry: join(workshop.folder, 'several.yaml'),
      plugins: [
        { id: 'fresh', actions: null, problem: null },
        { id: 'lost', actions: null, problem: { code: 'PLUGIN_FOLDER_MISSING' } },
      ],
    });
    expect(await all('fresh', '--no-start')).toMatchObject({
      exitCode: 0,
      stdout: 'fresh  not known: it was not started since it was changed\n',
    });
    expect((await all('fresh', '--no-start', '--json')).stdout).toContain('"actions":null');
    const asked = await all();
    expect(asked.stdout).toMatch(/^fresh, Python 3\.11/);
    expect(asked.stderr).toContain('PLUGIN_FOLDER_MISSING');
    const after = JSON.parse((await all('--no-start', '--json')).stdout) as { plugins: Record<string, unknown>[] };
    expect(after.plugins[0]?.['actions']).toHaveProperty('describe');
  });
});

describe('the input of bulkhead run', () => {
  test('is None when there is none', async () => {
    expect((await workshop.run(['run', 'sample', '-a', 'describe', '-i', '{"value": null}'])).stdout).toBe(
      '"NoneType None"\n',
    );
    expect((await workshop.run(['run', 'sample'])).stdout).toBe('null\n');
  });

  test('is read from a file', async () => {
    await workshop.write('input.json', '\uFEFF{"value": 3}');
    expect((await workshop.run(['run', 'sample', '-a', 'describe', '-i', '@input.json'])).stdout).toBe('"int 3"\n');
  });

  test.each([
    { input: '{name: "Ada"}', says: 'is not JSON' },
    { input: '', says: 'is not JSON' },
    { input: '@nowhere.json', says: 'there is no file nowhere.json' },
  ])('is refused before anything starts: $input', async ({ input, says }) => {
    const outcome = await workshop.run(['run', 'sample', '--input', input]);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    expect(outcome.stderr).toContain(says);
    expect(outcome.stderr).toContain('ARGUMENT_INVALID');
  });

  test.each([
    [
      'UTF-16',
      Buffer.from('\ufeff{"a": 1}', 'utf16le'),
      'it is in UTF-16, as Windows PowerShell writes it; save it as UTF-8',
    ],
    ['Latin-1', Buffer.from('{"a": "\u00e9"}', 'latin1'), 'it has bytes that are not UTF-8'],
    ['no text', Buffer.from(''), 'It is empty; without an input leave the option out'],
    ['comments', Buffer.from('// why\n{"a": "http://x"}'), 'JSON has no comments'],
    ['a comma too many', Buffer.from('{"a": [1,2,],}'), 'JSON has no comma before } and ]'],
    ['what Python prints', Buffer.from('{"a": None}'), 'JSON writes true, false and null'],
    ['single quotes', Buffer.from("{'a': 1}"), 'JSON puts text and keys into double quotes'],
    ['several values', Buffer.from('{"a": 1}\n{"a": 2}\n'), 'give them as --input-lines'],
  ])('in a file of %s is refused with what to do', async (_, bytes, says) => {
    await writeFile(join(workshop.folder, 'odd.json'), bytes);
    for (const parameters of [
      ['--input', '@odd.json'],
      ['--input', '-'],
    ]) {
      const input = parameters[1] === '-' ? bytes : '';
      const outcome = await workshop.run(['run', 'sample', ...parameters], { input });
      expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
      expect(outcome.stderr).toContain(says);
    }
  });

  test('in the single quotes of another shell is explained', async () => {
    const { stderr } = await workshop.run(['run', 'sample', '--input', "'{a: 1}'"]);
    expect(stderr).toContain('The single quotes have come along');
  });

  test.each([
    [
      'lines of Windows behind a byte order mark',
      Buffer.from('\ufeff{"row": 1}\r\n\r\n{"row": 2}\r\n'),
      '[{"row":1},{"row":2}]\n',
      '',
    ],
    ['lines in UTF-16', Buffer.from('\ufeff{"row": 1}\n', 'utf16le'), '', 'it is in UTF-16'],
    ['a line in Latin-1', Buffer.from('{"row": "\u00e9"}\n', 'latin1'), '', 'it has bytes that are not UTF-8'],
    ['a line with a comment', Buffer.from('{"row": 1}\n{"row": 2} // two\n'), '', 'line 2 of odd.jsonl is not JSON'],
  ])('may be %s', async (_, bytes, result, says) => {
    await writeFile(join(workshop.folder, 'odd.jsonl'), bytes);
    const outcome = await workshop.run([
      'run',
      'sample',
      '-a',
      'collect',
      '-l',
      'odd.jsonl',
      '--input-lines-key',
      'rows',
    ]);
    expect(outcome.stdout).toBe(result);
    expect(outcome.stderr).toContain(says);
  });

  test('that does not fit the action is a mistake of who asked', async () => {
    const outcome = await workshop.run(['run', 'sample', '-a', 'describe', '-i', '{"valve": 1}']);
    expect(outcome.exitCode).toBe(2);
    expect(outcome.stderr).toContain('missing: value');
  });
});

test('a stream ends when nobody reads it any more, without an error', async () => {
  const running = workshop.start(['run', 'sample', '-a', 'for_ever']);
  await once(running.stdout as Readable, 'data');
  (running.stdout as Readable).destroy();
  expect(await running).toMatchObject({ exitCode: 0, stderr: '' });
});

test('a folder in place of an id is told how it can be run', async () => {
  for (const command of ['run', 'debug', 'sync', 'disable', 'enable']) {
    const outcome = await workshop.run([command, './sample']);
    expect(outcome.exitCode).toBe(2);
    expect(outcome.stderr).toContain('`bulkhead dev ./sample` runs one without');
  }
});

test('a registry may be named by its folder, and its other name is told', async () => {
  expect(await workshop.run(['-r', '.', 'run', 'sample', '-i', '1'])).toMatchObject({ exitCode: 0, stdout: '1\n' });
  await workshop.write('elsewhere/plugins.yml', 'plugins: []\n');
  await workshop.write('elsewhere/deep/file', '');
  const cwd = join(workshop.folder, 'elsewhere', 'deep');
  const { stderr } = await workshop.run(['-r', '..', 'list'], { cwd });
  expect(stderr).toContain(`but there is ${join(workshop.folder, 'elsewhere', 'plugins.yml')}`);
});

describe('bulkhead run fails', () => {
  test('with 1, traceback and causes when the plugin raises', async () => {
    const { exitCode, stdout, stderr } = await workshop.run(['run', 'sample', '-a', 'fail']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    const parts = [
      "sample | it can't go well",
      'error: sample.fail raised ValueError: no such article',
      'The fault is in the plugin (PLUGIN_RAISED)',
      'raise ValueError',
      'caused by:',
      "KeyError: 'shelf'",
    ];
    expect(parts.map((part) => stderr.indexOf(part)).toSorted((one, other) => one - other)).toEqual(
      parts.map((part) => stderr.indexOf(part)),
    );
    expect(stderr).not.toContain('node:internal');
  });

  test('with one line of JSON on standard error, with --json', async () => {
    const outcome = await workshop.run(['run', 'sample', '-a', 'fail', '--json']);
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringMatching(/^\{.*\}\n$/) as string });
    expect(errorOf(outcome)).toMatchObject({
      code: 'PLUGIN_RAISED',
      blame: 'plugin',
      plugin: 'sample',
      action: 'fail',
      remoteType: 'ValueError',
      lastLines: ["it can't go well"],
      causes: [{ type: 'KeyError' }],
    });
  });

  test('with 1 when the plugin dies', async () => {
    const outcome = await workshop.run(['run', 'sample', '-a', 'die']);
    expect(outcome.exitCode).toBe(1);
    expect(outcome.stderr).toContain('sample | last words');
    expect(outcome.stderr).toContain('status 3');
  });

  test('with 1 when it takes too long', async () => {
    const outcome = await workshop.run(['run', 'sample', '-a', 'wait', '--timeout', '200ms']);
    expect(outcome.exitCode).toBe(1);
    expect(outcome.stderr).toContain('CALL_TIMEOUT');
  });

  test.each([
    { parameters: ['sampel'], says: ['There is no plugin "sampel"', 'sample'] },
    { parameters: ['sample', '--action', 'desribe'], says: ['Did you mean "describe"?'] },
    { parameters: ['sample', '--timeout', 'soon'], says: ['--timeout', '30s'] },
  ])('with 2 for $parameters', async ({ parameters, says }) => {
    const outcome = await workshop.run(['run', ...parameters]);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    for (const part of says) expect(outcome.stderr).toContain(part);
  });

  test('with 3 when there is no such Python on the machine', async () => {
    const file = await workshop.write(
      'future.yaml',
      'plugins:\n  - { id: sample, path: ./sample, environment: venv, python_version: "3.99" }\n',
    );
    const outcome = await workshop.run(['run', 'sample', '--registry', file, '--json']);
    expect(outcome).toMatchObject({ exitCode: 3, stdout: '' });
    expect(errorOf(outcome)).toMatchObject({ code: 'PYTHON_NOT_FOUND', blame: 'environment' });
  });
});

describe('bulkhead run ends', () => {
  test.each([
    { signal: 'SIGINT', exitCode: 130 },
    { signal: 'SIGTERM', exitCode: 143 },
  ] as const)('with $exitCode on $signal, cleanly', async ({ signal, exitCode }) => {
    const command = workshop.start(['run', 'sample', '-a', 'wait']);
    const [first] = (await once(command.stderr, 'data')) as [Buffer];
    expect(String(first)).toContain('waiting');
    command.kill(signal);
    const outcome = await command;
    expect(outcome.exitCode).toBe(exitCode);
    expect(outcome.stdout).toBe('');
  });

  test('without complaint when nobody reads its result', async () => {
    const command = workshop.start(['run', 'sample', '-i', JSON.stringify('x'.repeat(100_000))]);
    command.stdout.destroy();
    const { exitCode, stderr } = await command;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });
});

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { delimiter, dirname } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onlyIf } from '../not-run.ts';
import { Workshop } from './workshop.ts';

let workshop: Workshop;

beforeAll(async () => {
  workshop = await Workshop.open();
  await workshop.write(
    'plugins.yaml',
    'plugins:\n  - { id: tables, path: ./tables, share: science }\n  - { id: texts, path: ./texts }\n',
  );
  for (const id of ['tables', 'texts']) await workshop.write(`${id}/plugin.py`, '');
  await workshop.write('elsewhere/plugins.yaml', 'plugins:\n  - { id: other, path: ../texts }\n');
});

afterAll(async () => {
  await workshop[Symbol.asyncDispose]();
});

async function completed(...words: string[]): Promise<string[]> {
  const { exitCode, stdout, stderr } = await workshop.run(['__complete', '--', ...words]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t')[0] ?? '');
}

describe('what may stand on a command line', () => {
  test('are commands, the options of a command and those of all, and what they mean', async () => {
    expect(await completed('d')).toEqual(['doctor', 'disable', 'describe', 'dev', 'debug']);
    expect(await completed('sync', '--u')).toEqual(['--upgrade']);
    expect(await completed('list', '--reg')).toEqual(['--registry']);
    const { stdout } = await workshop.run(['__complete', '--', 'sync', '--up']);
    expect(stdout).toMatch(/^--upgrade\tlook for newer packages/);
    expect(await completed('')).not.toContain('__complete');
    expect(await completed('help', 'ch')).toEqual(['check']);
    expect(await completed('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });

  test('are plugins of the registry that is named there, each once, and its shares', async () => {
    expect(await completed('run', '')).toEqual(['tables', 'texts']);
    expect(await completed('run', '--input', '{}', 'te')).toEqual(['texts']);
    expect(await completed('sync', 'tables', '')).toEqual(['texts']);
    expect(await completed('run', 'tables', '')).toEqual([]);
    expect(await completed('-r', 'elsewhere', 'run', '')).toEqual(['other']);
    expect(await completed('add', './x', '--share', '')).toEqual(['science']);
    expect(await completed('add', './x', '--share=s')).toEqual(['--share=science']);
    expect(await completed('add', './x', '--share', '=', 's')).toEqual(['science']);
  });

  test('is nothing where only files can, or where there is no registry', async () => {
    expect(await completed('check', '--html', '')).toEqual([]);
    expect(await completed('--registry=no/such', 'run', '')).toEqual([]);
    expect(await completed('nonsense', '')).toEqual([]);
  });
});

/** What a shell does with its script, when it is asked to complete `bulkhead run te`, or files. */
const ASKED = {
  bash: `source <(bulkhead completion bash)
    COMP_WORDS=(bulkhead run te); COMP_CWORD=2; _bulkhead; printf '%s\\n' "\${COMPREPLY[@]}"`,
  zsh: `compdef() { :; }; _describe() { print -l -- \${(P)2}; }; _files() { print files; }
    source <(bulkhead completion zsh)
    words=(bulkhead run te); CURRENT=3; _bulkhead
    words=(bulkhead check --html ''); CURRENT=4; _bulkhead`,
  fish: `bulkhead completion fish | source; complete -C 'bulkhead run te'`,
};

describe.each(['bash', 'zsh', 'fish'] as const)('the script for %s', (shell) => {
  const path = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => `${folder}/${shell}`)
    .find((each) => existsSync(each));

  test('completes what its user types', onlyIf(path !== undefined, `there is no ${shell} here`), async () => {
    const [node = '', main = ''] = workshop.command;
    const command = await workshop.write('bin/bulkhead', `#!/bin/sh\nexec '${node}' '${main}' "$@"\n`);
    await chmod(command, 0o755);
    const variables = workshop.variables({
      HOME: workshop.folder,
      PATH: `${dirname(command)}${delimiter}${process.env['PATH']}`,
    });
    const start = { bash: ['--norc'], zsh: ['-f'], fish: ['--no-config'] }[shell];
    const { stdout, stderr } = await promisify(execFile)(path ?? '', [...start, '-c', ASKED[shell]], {
      cwd: workshop.folder,
      env: variables,
    });
    expect(stderr).toBe('');
    expect(stdout).toBe(shell === 'zsh' ? 'texts\nfiles\n' : 'texts\n');
  });
});

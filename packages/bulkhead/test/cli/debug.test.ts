import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { fixture } from '../test-home.ts';
import { DapClient } from './dap-client.ts';
import { LiveCommand } from './live-command.ts';
import { Workshop } from './workshop.ts';

const FILE = fixture('plugins/is_debugged/plugin.py');

let workshop: Workshop;
let running: LiveCommand[] = [];

beforeAll(async () => {
  workshop = await Workshop.open();
  await workshop.write(
    'plugins.yaml',
    `plugins:\n  - { id: debugged, path: ${fixture('plugins/is_debugged')}, python_version: "3.11" }\n  - { id: broken, path: ${fixture('plugins/fails_to_import')} }\n`,
  );
  await workshop.run(['sync', 'debugged']);
});

afterEach(async () => {
  await Promise.all(running.map((command) => command[Symbol.asyncDispose]()));
  running = [];
});

afterAll(async () => {
  await workshop[Symbol.asyncDispose]();
});

describe('bulkhead debug', () => {
  test('says how to attach, waits for the debugger, makes the call and ends when the debugger leaves', async () => {
    const command = start('debugged', '--input', '{"number": 21}', '--port', '0', '--wait');
    const port = await portOf(command);
    expect(await command.until('stderr', 'waiting for the debugger to attach')).toContain(`"port": ${port}`);
    expect(command.stdout).toBe('');
    await using client = await DapClient.connect('127.0.0.1', port);
    await client.attach(FILE, [12]);
    const { thread, frame } = await client.stopped();
    await command.until('stderr', 'the debugger has attached');
    expect(await client.evaluate('doubled', frame)).toBe('42');
    await client.request('setVariable', {
      variablesReference: await client.localsOf(frame),
      name: 'doubled',
      value: '43',
    });
    await client.request('continue', { threadId: thread });
    await command.until('stdout', '"doubled":43');
    await client.request('disconnect');
    await command.until('stderr', 'the debugger has left');
    expect(await command.ended()).toMatchObject({ exitCode: 0 });
  });

  test('makes the call at once without --wait, and goes on until Ctrl-C', async () => {
    const command = start('debugged', '--input', '{"number": 4}', '--port', '0');
    const port = await portOf(command);
    await command.until('stdout', '"doubled":8');
    await command.until('stderr', 'going on until the debugger leaves');
    await using client = await DapClient.connect('127.0.0.1', port);
    await client.attach(FILE, []);
    await command.until('stderr', 'the debugger has attached');
    expect(await command.end()).toMatchObject({ exitCode: 130 });
  });

  test('ends with 130 while the call is held at a breakpoint, and while it waits', async () => {
    const command = start('debugged', '--input', '{"number": 4}', '--port', '0', '--wait');
    await using client = await DapClient.connect('127.0.0.1', await portOf(command));
    await client.attach(FILE, [12]);
    await client.stopped();
    expect(await command.end()).toMatchObject({ exitCode: 130, stdout: '' });
    const waiting = start('debugged', '--action', 'modules', '--port', '0', '--wait');
    await waiting.until('stderr', 'waiting for the debugger to attach');
    expect(await waiting.end()).toMatchObject({ exitCode: 130, stdout: '' });
  });

  test('shows what goes wrong with the call, and ends with its status', async () => {
    const command = start('debugged', '--action', 'loop_forever', '--port', '0', '--wait');
    await using client = await DapClient.connect('127.0.0.1', await portOf(command));
    await client.attach(FILE, []);
    await command.until('stderr', 'ACTION_UNKNOWN');
    await client.request('disconnect');
    expect(await command.ended()).toMatchObject({ exitCode: 2 });
  });

  test('fails when the port is taken, and says what to do', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const outcome = await workshop.run(['debug', 'debugged', '--port', String(port)]);
    server.close();
    expect(outcome).toMatchObject({ exitCode: 3, stdout: '' });
    expect(outcome.stderr).toContain('DEBUG_FAILED');
    expect(outcome.stderr).toContain('name another with `--port`');
  });

  test('fails when debugpy can not be fetched, and says what to do', async () => {
    const outcome = await workshop.run(['debug', 'debugged', '--json'], {
      variables: {
        BULKHEAD_HOME: join(workshop.home, 'offline'),
        PIP_CONFIG_FILE: '/dev/null',
        PIP_INDEX_URL: 'http://127.0.0.1:9/simple',
        PIP_FIND_LINKS: '',
        PIP_NO_CACHE_DIR: '1',
        PIP_RETRIES: '0',
      },
    });
    expect(outcome).toMatchObject({ exitCode: 3, stdout: '' });
    expect(outcome.stderr).toContain('DEBUGGER_UNAVAILABLE');
  });

  test.each([
    { given: ['debuged'], exitCode: 2, says: 'Did you mean "debugged"?' },
    { given: ['debugged', '--port', 'any'], exitCode: 2, says: '--port' },
    { given: ['debugged', '--input', '{'], exitCode: 2, says: 'is not JSON' },
    { given: ['broken'], exitCode: 1, says: 'PLUGIN_IMPORT_FAILED' },
  ])('fails with $exitCode for $given', async ({ given, exitCode, says }) => {
    const outcome = await workshop.run(['debug', ...given]);
    expect(outcome).toMatchObject({ exitCode, stdout: '' });
    expect(outcome.stderr).toContain(says);
  });
});

function start(...parameters: string[]): LiveCommand {
  const command = new LiveCommand(workshop.start(['debug', ...parameters]));
  running.push(command);
  return command;
}

async function portOf(command: LiveCommand): Promise<number> {
  const said = await command.until('stderr', '\n\nIn VS Code');
  return Number(/attach at 127\.0\.0\.1:(\d+)/.exec(said)?.[1]);
}

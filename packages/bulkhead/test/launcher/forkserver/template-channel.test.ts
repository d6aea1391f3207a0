import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PluginManager } from '../../../src/manager/plugin-manager.ts';
import { anyPython } from '../../any-python.ts';
import { fixture, observed } from '../../test-home.ts';

let folder: string;
let manager: PluginManager;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-template-'));
});

afterEach(async () => {
  await manager.close();
  await rm(folder, { recursive: true });
});

/** A plugin "sample" whose instances are forked, and which runs `atImport` first; and a plugin "neighbour". */
async function open(atImport: string): Promise<void> {
  await mkdir(join(folder, 'sample'));
  await writeFile(join(folder, 'sample', 'plugin.py'), `${atImport}\n${PLUGIN}`);
  const neighbour = JSON.stringify(fixture('plugins/echo'));
  await writeFile(
    join(folder, 'plugins.yaml'),
    `plugins:\n  - { id: sample, path: sample, start: fork, timeouts: { start: 5s } }\n  - { id: neighbour, path: ${neighbour}, start: fork }\n`,
  );
  manager = await PluginManager.open(join(folder, 'plugins.yaml'), observed().options);
  expect(await manager.executePlugin('neighbour', 'before')).toBe('before');
}

const PLUGIN = `
import os
from plugin_sdk import PluginBase, action

class Sample(PluginBase):
    def execute(self, input_data):
        return {"pid": os.getpid(), "parent": os.getppid()}

    @action
    def die(self):
        os._exit(3)
`;

const writes = (bytes: string): string => `import os\nos.write(6, ${bytes})`;
const frame = (payload: string): string =>
  writes(`(lambda payload: len(payload).to_bytes(4, "little") + payload)(${payload})`);
const message = (values: string): string =>
  `from plugin_sdk._codec.codec import encode\n${frame(`encode(${values})[0]`)}`;
/** The template says what it says, but for the values of its messages of that kind. */
const lies = (kind: string, values: string): string => `
import os, sys
channel = sys.modules["plugin_sdk._process.channel"]
honest = channel.Channel.send
def lie(self, kind, number, *values):
    honest(self, kind, number, *(${values} if kind == channel.${kind} else values))
channel.Channel.send = lie
`;

describe.skipIf(process.platform !== 'linux')('on the channel of a template', () => {
  test.each([
    ['text', writes('b"this is not a frame, but a line of text that somebody printed here\\n" * 4')],
    ['a number', frame('b"\\x05"')],
    ['nothing', frame('b"\\xc0"')],
    ['an empty frame', frame('b""')],
    ['a frame over the limit', frame('bytes(300_000)')],
    ['a frame that never ends', writes('b"\\xff\\xff\\xff\\xff" + bytes(100)')],
    ['arrays in one another without an end', frame('b"\\x91" * 100_000')],
    ['a body', message('[67, 0, bytes(10)], 1')],
    ['an unknown kind', message('[99, 0]')],
    ['a message without a number', message('[66, "first"]')],
    ['a reason that is none', message('[67, 0, {"reason": 1}]')],
    ['a failure that is none', message('[68, 0, "failure"]')],
    ['two endings of its import', message('[66, 0]')],
    ['a fork that was not asked for', message('[69, 1, os.getpid()]')],
    ['an answer to no question', message('[71, 7, True]')],
    ['the exit of no fork', message('[72, 7, 0, None]')],
    ['an exit by no signal', message('[72, 1, None, 4_000]')],
    ['process 1 as its fork', lies('FORKED', '(1,)')],
    ['process 0 as its fork', lies('FORKED', '(0,)')],
    ['process -1 as its fork', lies('FORKED', '(-1,)')],
    ['its host as its fork', lies('FORKED', '(os.getppid(),)')],
    ['itself as its fork', lies('FORKED', '(os.getpid(),)')],
    ['text as its fork', lies('FORKED', '("1",)')],
    ['the end of the channel', 'import os, time\nos.close(6)\ntime.sleep(3600)'],
  ])('%s costs the plugin its template, and nobody else anything', async (_, atImport) => {
    await open(`import os\n${atImport}`);
    await expect(manager.executePlugin('sample')).rejects.toMatchObject({
      code: 'PROTOCOL_VIOLATION',
      blame: 'plugin',
      context: { plugin: 'sample' },
    });
    expect(await manager.executePlugin('neighbour', 'after')).toBe('after');
  });

  test.each([
    ['closes its channel', 'os.close(6)'],
    ['closes half of its channel', 'import socket\nsocket.socket(fileno=6).shutdown(socket.SHUT_WR)'],
  ])('a plugin that %s is told so', async (_, atImport) => {
    await open(`import os\n${atImport}`);
    await expect(manager.executePlugin('sample')).rejects.toMatchObject({
      code: 'PLUGIN_EXITED',
      message: expect.stringContaining('closed its connection to the host') as string,
    });
  });

  test('a reason for which it may not be forked is shown, not obeyed, and not longer than can be read', async () => {
    const refuses = message(String.raw`[67, 0, "\x1b[2J" * 50_000]`).replaceAll('\n', '\n    ');
    await open(`import os\ntry:\n    ${refuses}\nexcept OSError:\n    pass  # an instance has no such channel`);
    await manager.executePlugin('sample');
    const { reason } = manager.plugins()[0]?.start ?? {};
    expect(reason).toContain(String.raw`\x1b[2J`);
    expect(reason?.length).toBeLessThan(1_000);
  });

  test('a frame that is announced and does not come ends by the limit of a start', async () => {
    await open(writes('(200_000).to_bytes(4, "little")'));
    await expect(manager.executePlugin('sample')).rejects.toMatchObject({ code: 'PLUGIN_START_TIMEOUT' });
    expect(await manager.executePlugin('neighbour', 'after')).toBe('after');
  });

  test('a failure to import that is longer than a frame is told all the same', async () => {
    await open('raise ValueError("x" * 10_000_000)');
    await expect(manager.executePlugin('sample')).rejects.toMatchObject({ code: 'PLUGIN_IMPORT_FAILED' });
  });

  test('forks that run are told that their template broke the protocol', async () => {
    await open(lies('EXITED', '(0, 9)'));
    const [first, second] = await Promise.all([manager.executePlugin('sample'), manager.executePlugin('sample')]);
    expect(second).toEqual(first);
    await expect(manager.executePlugin('sample', null, { action: 'die' })).rejects.toMatchObject({
      code: 'PLUGIN_CRASHED',
      message: expect.stringContaining('broke the protocol') as string,
    });
  });

  test('whoever else connects to the address of its forks is sent away', async () => {
    await open('');
    const { parent } = (await manager.executePlugin('sample')) as { parent: number };
    const inode = /\[(\d+)\]/.exec(await readlink(`/proc/${parent}/fd/7`))?.[1];
    const listening = (await readFile('/proc/net/unix', 'latin1'))
      .split('\n')
      .find((line) => line.includes(` ${inode} @`));
    const address = listening?.slice(listening.indexOf('@') + 1) as string;
    expect(address).toMatch(/^bulkhead-[0-9a-f]{32}@*$/);
    const { executable } = await anyPython();
    const connects =
      'import socket, sys\nall = [socket.socket(socket.AF_UNIX) for _ in range(6)]\n[each.connect("\\0" + sys.argv[1].replace("@", "\\0")) for each in all]\nprint("connected", flush=True)\nprint([each.recv(1) for each in all])';
    const stranger = spawn(executable, ['-c', connects, address], { stdio: ['ignore', 'pipe', 'inherit'] });
    const closed = once(stranger, 'close');
    let said = '';
    stranger.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await once(stranger.stdout, 'data');
    await expect(manager.executePlugin('sample', null, { action: 'die' })).rejects.toMatchObject({
      code: 'PLUGIN_CRASHED',
    });
    expect(await manager.executePlugin('sample')).toMatchObject({ parent });
    await closed;
    expect(said).toContain(String.raw`[b'', b'', b'', b'', b'', b'']`);
  });
});

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PluginManager } from '../../../src/manager/plugin-manager.ts';
import { observed, TEST_HOME } from '../../test-home.ts';
import { until } from '../../until.ts';

let folder: string;
let manager: PluginManager;
let lines: Record<string, unknown>[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-the-end-'));
  await mkdir(join(folder, 'sample'));
  manager = new PluginManager({ home: TEST_HOME });
});

afterEach(async () => {
  await manager.close();
  await rm(folder, { recursive: true });
});

async function open(code: string, fields: string): Promise<void> {
  await writeFile(join(folder, 'sample', 'plugin.py'), code);
  await writeFile(join(folder, 'plugins.yaml'), `plugins:\n  - { id: sample, path: sample, ${fields} }\n`);
  const seen = observed();
  lines = seen.lines;
  manager = await PluginManager.open(join(folder, 'plugins.yaml'), seen.options);
}

const call = async (): Promise<number> => (await manager.executePlugin('sample')) as number;
const textOf = (name: string): Promise<string> => readFile(join(folder, 'sample', name), 'utf8');
/** The process of each line of this word, in the file that the plugins below write at their end. */
async function told(word: string): Promise<number[]> {
  const text = existsSync(join(folder, 'sample', 'told')) ? await textOf('told') : '';
  const found = text.split('\n').filter((line) => line.startsWith(`${word} `));
  return found.map((line) => Number(line.slice(word.length + 1)));
}

/** What a process has at its end to do, by the import and by each instance. */
const REGISTERS = `
import atexit, logging, logging.handlers, os, sys, tempfile, weakref
from plugin_sdk import PluginBase, action

def tell(word):
    with open("told", "a") as file:
        file.write("%s %d\\n" % (word, os.getpid()))

class Tells:
    def __init__(self, word):
        self.word = word
    def __del__(self, tell=tell, open=open):
        fd = os.open("told", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(fd, b"%s %d\\n" % (self.word.encode(), os.getpid()))
        os.close(fd)

SCRATCH = tempfile.TemporaryDirectory(dir=os.getcwd(), prefix="import-")
NAMED = tempfile.NamedTemporaryFile(dir=".", prefix="import-")
OBJECT = Tells("import-object")
WATCHED = type("Watched", (), {})()
weakref.finalize(WATCHED, tell, "import-finalizer")
atexit.register(tell, "import-handler")
LINES = open("lines", "a")
LINES.write("of the import\\n")
LOG = logging.getLogger("sample")
LOG.addHandler(logging.handlers.MemoryHandler(100, target=logging.FileHandler("log")))
LOG.error("imported")

class Plugin(PluginBase):
    def __init__(self):
        self.made_by_import = Tells("import-attribute")
    def initialize(self, config):
        if os.path.exists("fails"):
            raise ValueError("told to fail")
        global WATCHED, OWN
        atexit.register(tell, "handler")
        self.scratch = tempfile.TemporaryDirectory(dir=os.getcwd(), prefix="instance-")
        self.object = Tells("object")
        OWN = Tells("global")
        type(self).kept_by_class = Tells("class")
        self.cycle = self
        self.watched = type("Watched", (), {})()
        weakref.finalize(self.watched, tell, "finalizer")
        WATCHED = self.watched
    def execute(self, input_data):
        LINES.write("of %d\\n" % os.getpid())
        LOG.error("called")
        with open(os.path.join(SCRATCH.name, "part"), "w") as file:
            file.write("x")
        os.stat(NAMED.name)
        return os.getpid()
    @action
    def places(self):
        return [SCRATCH.name, self.scratch.name, os.getppid()]

if __name__ == "__main__":
    try:
        Plugin().start_server()
    finally:
        tell("import-finally")
`;
const OF_IMPORT = ['handler', 'finalizer', 'object', 'attribute', 'finally'].map((word) => `import-${word}`);
const OF_INSTANCE = ['handler', 'finalizer', 'object', 'global', 'class'];

test('a fork ends what it has begun itself, and its template once what the import has begun', async () => {
  await open(REGISTERS, 'start: fork, recycle: { calls: 1 }, instances: { min: 0, max: 1 }');
  const calls: number[] = [];
  await until(async () => {
    calls.push(await call());
    return new Set(calls).size === 4;
  }, 'the fourth instance');
  const pids = [...new Set(calls)];
  const places = (await manager.executePlugin('sample', null, { action: 'places' })) as [string, string, number];
  const [ofImport, ofInstance, template] = places;
  await until(async () => (await told('class')).length >= 3, 'the ends of three');
  expect(existsSync(ofImport)).toBe(true);
  for (const word of OF_IMPORT) expect(await told(word), word).toEqual([]);
  await manager.close();
  for (const word of OF_IMPORT) expect(await told(word), word).toEqual([template]);
  for (const word of OF_INSTANCE) {
    const processes = await told(word);
    expect(processes, word).toEqual([...new Set(processes)]);
    expect(processes, word).toEqual(expect.arrayContaining(pids));
  }
  expect([ofImport, ofInstance].map((name) => existsSync(name))).toEqual([false, false]);
  // by instance, since two may end at the same time
  const written = (await textOf('lines')).split('\n');
  expect(written.filter((line) => line === 'of the import')).toHaveLength(1);
  for (const pid of pids)
    expect(written.filter((line) => line === `of ${pid}`)).toHaveLength(calls.filter((call) => call === pid).length);
  const logged = (await textOf('log')).split('\n');
  expect(logged.filter((line) => line === 'imported')).toHaveLength(1);
  expect(logged.filter((line) => line === 'called')).toHaveLength(calls.length);
  expect(lines.filter(({ stream }) => stream === 'stderr' || stream === 'log')).toEqual([]);
});

test('a fork that fails to initialize takes nothing of the import along', async () => {
  await open(REGISTERS, 'start: fork');
  const first = await call();
  await writeFile(join(folder, 'sample', 'fails'), '');
  process.kill(first, 'SIGKILL');
  await until(() => manager.plugins()[0]?.instances.length === 0, 'the end of the instance');
  await expect(manager.startPlugin('sample')).rejects.toMatchObject({ code: 'PLUGIN_INITIALIZE_FAILED' });
  await rm(join(folder, 'sample', 'fails'));
  await until(() => call().catch(() => false), 'a start after the failed one');
  for (const word of OF_IMPORT) expect(await told(word), word).toEqual([]);
});

test('a spawned instance ends what its import has begun as well', async () => {
  await open(REGISTERS, 'start: spawn');
  const pid = await call();
  await manager.close();
  for (const word of [...OF_IMPORT, ...OF_INSTANCE]) expect(await told(word), word).toEqual([pid]);
  expect(await textOf('lines')).toBe(`of the import\nof ${pid}\n`);
  expect(await textOf('log')).toBe('imported\ncalled\n');
});

const THREADED = `
import threading
threading.Thread(target=threading.Event().wait).start()
${REGISTERS}`;

test('a template that may not be forked ends what its import has begun', async () => {
  await open(THREADED, 'start: fork');
  const pid = await call();
  const others = await until(async () => {
    const processes = await told('import-handler');
    return processes.length > 0 && processes;
  }, 'the end of the template');
  expect(others).not.toContain(pid);
  await manager.close();
  expect(await told('handler')).toEqual([pid]);
  expect(await textOf('lines')).toBe(`of the import\nof the import\nof ${pid}\n`);
});

const WRITES = `
import csv, gzip, os, threading, time
from plugin_sdk import PluginBase

def forever():
    while True:
        time.sleep(0.01)

class Plugin(PluginBase):
    def initialize(self, config):
        self.file = open("rows-%d.csv" % os.getpid(), "w", newline="")
        self.rows = csv.writer(self.file)
        self.text = gzip.open("text-%d.gz" % os.getpid(), "wt")
        if config.get("threads"):
            threading.Thread(target=forever, name="poller").start()
    def execute(self, input_data):
        for number in range(1000):
            self.rows.writerow([number, "some text"])
            self.text.write("text\\n")
        return os.getpid()
`;

/** What an instance has on disk once it has ended. */
async function expectRows(pid: number, count: number): Promise<void> {
  expect((await textOf(`rows-${pid}.csv`)).match(/some text/g)).toHaveLength(count);
  const text = gunzipSync(await readFile(join(folder, 'sample', `text-${pid}.gz`))).toString();
  expect(text.match(/text/g)).toHaveLength(count);
}

test.each([
  'start: fork',
  'start: spawn',
  'start: fork, concurrency: 4',
  'start: spawn, concurrency: 4',
  'start: fork, recycle: { calls: 1 }',
  'start: fork, config: { threads: true }',
  'start: spawn, config: { threads: true }',
])('what an instance has written is on disk when it has ended: %s', async (fields) => {
  await open(WRITES, fields);
  const before = await call();
  await manager.reload('sample');
  const after = await call();
  await manager.close();
  await expectRows(before, 1_000);
  await expectRows(after, 1_000);
  const warnings = lines.filter(({ stream, level }) => stream === 'log' && Number(level) > 30).map(({ msg }) => msg);
  const isLeft = fields.includes('threads');
  for (const warning of warnings) expect(warning).toContain('poller at plugin.py:7');
  expect(warnings).toHaveLength(isLeft ? 2 : 0);
});

const PRINTS_NATIVELY = `
import ctypes, os
from plugin_sdk import PluginBase
printf = ctypes.CDLL(None).printf
printf(b"banner of the import\\n")

class Plugin(PluginBase):
    def execute(self, input_data):
        printf(b"line of the call\\n")
        return os.getpid()
`;

test('what native code has printed reaches the log once', async () => {
  await open(PRINTS_NATIVELY, 'start: fork, recycle: { calls: 1 }');
  await call();
  await until(() => said('line of the call') === 1, 'the line of the first instance');
  await call();
  await manager.close();
  await until(() => said('line of the call') === 2, 'the line of the second instance');
  expect(said('banner of the import')).toBe(1);
});

const said = (text: string): number => lines.filter(({ msg }) => msg === text).length;

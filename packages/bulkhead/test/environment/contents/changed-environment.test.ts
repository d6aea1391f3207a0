import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PluginManager } from '../../../src/manager/plugin-manager.ts';
import { observed } from '../../test-home.ts';
import { release } from '../wheel-folder.ts';
import { Workbench } from '../workbench.ts';

/** Does to its environment whatever it is told. */
const WRITER = `
import os, site, sys
from plugin_sdk import PluginBase


class Writer(PluginBase):
    def execute(self, code):
        prefix = sys.prefix
        packages = next(path for path in sys.path if path.startswith(prefix) and path.endswith("site-packages"))
        os.chdir(packages)
        exec(code, {"os": os, "sys": sys, "prefix": prefix, "EVIL": "import builtins; builtins.EVIL = True\\n"})
        return prefix
`;

/** Says which environment it runs in, and whether code of the other plugin has run in it. */
const READER = `
import builtins, os, sys
import toy
from plugin_sdk import PluginBase


class Reader(PluginBase):
    def execute(self, code):
        exec(code or "")
        import lazy_toy
        return {"version": toy.VERSION, "late": lazy_toy.VERSION, "evil": hasattr(builtins, "EVIL"), "prefix": sys.prefix}
`;

interface Answer {
  readonly version: string;
  readonly late: string;
  readonly evil: boolean;
  readonly prefix: string;
}

let bench: Workbench;

beforeAll(async () => {
  bench = await Workbench.open();
  const wheels = join(bench.root, 'wheels');
  // the trial import does not reach it, so no byte code of it is there from the start
  await release(wheels, 'toy', '1.0.0', '', ['lazy_toy']);
  await release(wheels, 'lazy_toy', '1.0.0');
  await release(wheels, 'extra', '1.0.0');
  Object.assign(bench.variables, {
    UV_FIND_LINKS: wheels,
    UV_NO_INDEX: '1',
    // what is written into an environment is then written into the cache
    UV_CACHE_DIR: join(bench.root, 'cache'),
    UV_LINK_MODE: 'hardlink',
  });
  await bench.write('writer/plugin.py', WRITER);
  await bench.write('reader/plugin.py', READER);
});

afterAll(async () => {
  await bench.close();
});

/** @param registry name of its file */
async function opened(
  registry: string,
  plugins: readonly string[],
): Promise<{ manager: PluginManager; lines: Record<string, unknown>[] }> {
  const { options, lines } = observed();
  const file = await bench.write(registry, `plugins:\n${plugins.map((plugin) => `  - ${plugin}\n`).join('')}`);
  const manager = await PluginManager.open(file, { ...options, home: bench.state.root, variables: bench.variables });
  return { manager, lines };
}

const NEEDS = 'python_version: "3.11", dependencies: [toy]';
const writer = `{ id: writer, path: ./writer, ${NEEDS} }`;
const reader = (permissions: string): string => `{ id: reader, path: ./reader, ${NEEDS}${permissions} }`;

const read = async (manager: PluginManager): Promise<Answer> => (await manager.executePlugin('reader')) as Answer;
/** The next call then starts another instance. */
async function end(manager: PluginManager, plugin: string): Promise<void> {
  await expect(manager.executePlugin(plugin, 'os._exit(1)')).rejects.toMatchObject({ code: 'PLUGIN_CRASHED' });
}

const INTACT = { version: '1.0.0', late: '1.0.0', evil: false };

/** What the writer does in site-packages, and the file that is to be named. */
const CHANGES: Readonly<Record<string, readonly [code: string, file: string]>> = {
  'writes into a module': ['open("toy.py", "a").write(EVIL)', 'site-packages/toy.py has other content'],
  'writes as many bytes, and sets the times back': [
    `
found = os.stat("toy.py")
with open("toy.py", "r+") as module:
    module.write("VERSION = '6.6.6'"[: found.st_size])
os.utime("toy.py", ns=(found.st_atime_ns, found.st_mtime_ns))
`,
    'site-packages/toy.py has other content',
  ],
  'replaces a module': [
    'open("new", "w").write("VERSION = \'6.6.6\'\\n" + EVIL); os.replace("new", "toy.py")',
    'site-packages/toy.py has other content',
  ],
  'removes a file': ['os.remove("toy-1.0.0.dist-info/WHEEL")', 'toy-1.0.0.dist-info/WHEEL is gone'],
  'adds a sitecustomize': ['open("sitecustomize.py", "w").write(EVIL)', 'sitecustomize.py is new'],
  'adds a .pth file': ['open("evil.pth", "w").write(EVIL)', 'evil.pth is new'],
  'adds a package that hides a module': [
    'os.mkdir("toy"); open("toy/__init__.py", "w").write("VERSION = \'6.6.6\'")',
    'toy/__init__.py is new',
  ],
  'adds byte code without a module': [
    'import py_compile; open("x.py", "w").write(EVIL); py_compile.compile("x.py", "sitecustomize.pyc"); os.remove("x.py")',
    'sitecustomize.pyc is new',
  ],
  'lets a link lead elsewhere': [
    'os.remove(prefix + "/bin/python"); os.symlink("/bin/sh", prefix + "/bin/python")',
    'bin/python has other content',
  ],
  'makes a folder a link': [
    'os.rename("toy-1.0.0.dist-info", prefix + "-moved"); os.symlink(prefix + "-moved", "toy-1.0.0.dist-info")',
    'toy-1.0.0.dist-info is new',
  ],
  'writes into pyvenv.cfg': ['open(prefix + "/pyvenv.cfg", "a").write("\\n")', 'pyvenv.cfg has other content'],
  'lets the record name other packages': [
    `
import json
record = json.load(open(prefix + "/bulkhead.json"))
os.mkdir(prefix + "/evil")
json.dump({**record, "sitePackages": "evil"}, open(prefix + "/bulkhead.json", "w"))
`,
    'bulkhead.json has other content',
  ],
};

/** What the reader says, and the log of failed environments, after the writer has run `code`. */
async function readAfter(
  code: string,
  permissions: string,
): Promise<{ answer: Answer; from: unknown; said: string[] }> {
  const { manager, lines } = await opened('plugins.yaml', [writer, reader(permissions)]);
  await using _open = manager;
  const from = await manager.executePlugin('writer', code);
  const answer = await read(manager);
  return {
    answer,
    from,
    said: lines.filter(({ msg }) => msg === 'environment failed').map(({ error }) => String(error)),
  };
}

describe('what a plugin changes in an environment does not reach another one:', () => {
  test.each(Object.entries(CHANGES))('it %s', async (_change, [code, named]) => {
    const { answer, from, said } = await readAfter(code, ', permissions: strict');
    expect(answer).toMatchObject(INTACT);
    expect(answer.prefix).not.toBe(from);
    expect(said).toEqual([expect.stringContaining(named)]);
  });

  test('nor one without permissions', async () => {
    const { answer, from, said } = await readAfter('open("toy.py", "a").write(EVIL)', '');
    expect(answer).toMatchObject(INTACT);
    expect(answer.prefix).not.toBe(from);
    expect(said).toEqual([expect.stringContaining('site-packages/toy.py has other content')]);
  });
});

test('what a plugin writes into the file by which tools find the SDK is gone before another one starts', async () => {
  const { manager } = await opened('plugins.yaml', [writer, reader('')]);
  await using _open = manager;
  const prefix = (await manager.executePlugin('writer', 'open("bulkhead_plugin_sdk.pth", "a").write(EVIL)')) as string;
  expect(await read(manager)).toEqual({ ...INTACT, prefix });
  await manager.executePlugin('writer', 'open("bulkhead_plugin_sdk.pth", "a").write(EVIL)');
  await manager.preparePlugin('reader');
  expect(await read(manager)).toEqual({ ...INTACT, prefix });
});

describe('byte code', () => {
  /** Byte code of another module in the place of that of `lazy_toy`, whose times and size its head names. */
  const EVIL_BYTE_CODE = `
import importlib.util, marshal
path = importlib.util.cache_from_source("lazy_toy.py")
found = os.stat("lazy_toy.py")
os.makedirs("__pycache__", exist_ok=True)
head = importlib.util.MAGIC_NUMBER + bytes(4) + int(found.st_mtime).to_bytes(4, "little") + found.st_size.to_bytes(4, "little")
with open(path, "wb") as file:
    file.write(head + marshal.dumps(compile("VERSION = '6.6.6'\\n" + EVIL, "lazy_toy.py", "exec")))
`;

  test('that a plugin has written is made anew, and then kept', async () => {
    const { manager, lines } = await opened('plugins.yaml', [writer, reader(', permissions: strict')]);
    await using _open = manager;
    const prefix = (await manager.executePlugin('writer', EVIL_BYTE_CODE)) as string;
    expect(await read(manager)).toEqual({ ...INTACT, prefix });
    const file = byteCode(prefix);
    const made = readFileSync(file);
    expect(made.includes('6.6.6')).toBe(false);
    expect(made.includes('1.0.0')).toBe(true);
    await manager.reload('reader');
    expect(await read(manager)).toEqual({ ...INTACT, prefix });
    expect(readFileSync(file)).toEqual(made);
    expect(lines.filter(({ msg }) => msg === 'environment failed')).toEqual([]);
  });

  test('that is known, and that a plugin has changed, is made anew', async () => {
    const { manager } = await opened('plugins.yaml', [writer, reader(', permissions: strict')]);
    await using _open = manager;
    const prefix = (await manager.executePlugin('writer', EVIL_BYTE_CODE)) as string;
    await read(manager);
    await manager.executePlugin('writer', EVIL_BYTE_CODE);
    expect(readFileSync(byteCode(prefix)).includes('6.6.6')).toBe(true);
    await manager.reload('reader');
    expect(await read(manager)).toEqual({ ...INTACT, prefix });
    expect(readFileSync(byteCode(prefix)).includes('6.6.6')).toBe(false);
  });

  test('of no module, and what packages keep beside it, is removed', async () => {
    const { manager } = await opened('plugins.yaml', [writer, reader(', permissions: strict')]);
    await using _open = manager;
    const prefix = (await manager.executePlugin(
      'writer',
      'os.makedirs("__pycache__", exist_ok=True); [open("__pycache__/" + name, "w") for name in ("toy.nbi", "none.cpython-311.pyc")]',
    )) as string;
    expect(await read(manager)).toEqual({ ...INTACT, prefix });
    const left = await readdir(dirname(byteCode(prefix)));
    expect(left).not.toContain('toy.nbi');
    expect(left).not.toContain('none.cpython-311.pyc');
  });
});

test('a changed environment is left when a plugin that runs in it starts again, and goes on to run meanwhile', async () => {
  const { manager } = await opened('plugins.yaml', [writer, reader(', permissions: strict')]);
  await using _open = manager;
  const before = await read(manager);
  const prefix = await manager.executePlugin('writer', 'open("toy.py", "a").write(EVIL)');
  expect(prefix).toBe(before.prefix);
  expect(await read(manager)).toEqual(before);
  await end(manager, 'reader');
  const after = await read(manager);
  expect(after).toMatchObject(INTACT);
  expect(after.prefix).not.toBe(prefix);
  expect(await manager.executePlugin('writer', 'pass')).toBe(prefix);
  await end(manager, 'writer');
  expect(await manager.executePlugin('writer', 'pass')).toBe(after.prefix);
});

test('a template is not made of a changed environment', async () => {
  const { manager } = await opened('plugins.yaml', [writer, reader(', start: fork')]);
  await using _open = manager;
  const prefix = await manager.executePlugin('writer', 'open("toy.py", "a").write(EVIL)');
  const answer = await read(manager);
  expect(answer).toMatchObject(INTACT);
  expect(answer.prefix).not.toBe(prefix);
});

test('preparing replaces what was changed, says which file, and whose fault it may be', async () => {
  const { manager } = await opened('plugins.yaml', [writer, reader(', permissions: strict')]);
  await using _open = manager;
  const prefix = (await manager.executePlugin('writer', 'open("toy.py", "a").write(EVIL)')) as string;
  const events: string[] = [];
  const failures: Error[] = [];
  manager.on('environmentFailed', (_, error) => failures.push(error));
  const { built, runtime } = await manager.preparePlugin('reader', ({ step, message }) => {
    if (step === 'changed') events.push(message);
  });
  expect(built).toBe(true);
  expect(runtime.prefix).not.toBe(prefix);
  const file = 'lib/python3.11/site-packages/toy.py';
  expect(failures).toEqual([expect.objectContaining({ code: 'ENVIRONMENT_CHANGED', blame: 'environment' })]);
  expect(failures).toMatchObject([
    { details: { plugin: 'reader', prefix, suspects: expect.arrayContaining(['writer']) as string[] } },
  ]);
  expect(events).toEqual([
    expect.stringMatching(
      /^The environment of plugin "reader" was changed after it was built, probably by .*writer.*: /,
    ),
  ]);
  expect(events[0]).toContain(`: ${file} has other content.`);
  expect(readFileSync(join(prefix, file), 'utf8')).toContain('EVIL');
  expect(await manager.preparePlugin('reader')).toMatchObject({ built: false, runtime: { prefix: runtime.prefix } });
});

test('a plugin that is alone in its environment may install into it', async () => {
  const alone = '{ id: writer, path: ./writer, python_version: "3.11", dependencies: [toy, extra] }';
  const { manager } = await opened('alone.yaml', [alone]);
  await using _open = manager;
  const install = 'open("installed.py", "w").write("here = True")';
  const prefix = await manager.executePlugin('writer', install);
  await end(manager, 'writer');
  expect(await manager.executePlugin('writer', 'import installed')).toBe(prefix);
});

test('what a plugin has written into the cache by way of its environment reaches no other environment', async () => {
  const alone = '{ id: writer, path: ./writer, python_version: "3.11", dependencies: [toy, extra] }';
  const { manager } = await opened('cache.yaml', [alone, reader('').replace('[toy]', '[toy, lazy_toy, extra]')]);
  await using _open = manager;
  await manager.executePlugin('writer', 'open("toy.py", "a").write(EVIL)');
  const steps: string[] = [];
  await manager.preparePlugin('reader', ({ message }) => steps.push(message));
  expect(steps).toContainEqual(expect.stringMatching(/installing again without a cache: .*toy\.py/));
  expect(await read(manager)).toMatchObject(INTACT);
});

function byteCode(prefix: string): string {
  return join(prefix, 'lib/python3.11/site-packages/__pycache__/lazy_toy.cpython-311.pyc');
}

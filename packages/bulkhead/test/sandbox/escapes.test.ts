import { execFile } from 'node:child_process';
import { chmod, copyFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { discoverPythons } from '../../src/environment/python/python-discovery.ts';
import { StateFolder } from '../../src/environment/state-folder.ts';
import { sharedTools } from '../environment/shared-uv.ts';
import { cannotRun, onlyIf } from '../not-run.ts';
import { fixture, TEST_HOME } from '../test-home.ts';
import { KINDS } from './kinds.ts';

type Sandboxed = `${'spawned' | 'forked'}_${(typeof KINDS)[number]}`;
type Outcomes = Readonly<Record<string, string | null>>;

/** What the program `escapes.mjs` prints. */
interface Report {
  /** Of each plugin: what stopped each attempt; null: nothing did. Why there can be no such sandbox, where that is so. */
  readonly results: Readonly<Record<'free' | 'with_hosts' | Sandboxed, Outcomes | string>>;
  readonly starts: Readonly<Record<string, { readonly mode?: string; readonly sandbox?: unknown }>>;
}

/** Nobody in particular. */
const USER = 65_534;
const isRoot = process.getuid?.() === 0;
const run = promisify(execFile);

/** What some machines let nobody do, or not a user, for reasons of their own: there the control says nothing. */
const OF_SOME_MACHINES = new Set([
  'become root of a user name space',
  'trace a neighbour',
  "take a neighbour's descriptor",
  "read a neighbour's memory",
  "write a neighbour's memory",
  'compare itself with a neighbour',
  'count events of the kernel',
  'handle page faults',
  'set up a queue of system calls',
  "change a file's attributes",
  'open a socket of IPv6',
]);
/** What the floor does not stop, as docs/permissions.md says. */
const OF_FULL = '(full)';
/** What a plugin with a list of hosts does in its own name space of networks, where nobody else is. */
const IN_ITS_OWN_NETWORK = ['listen on TCP', 'send over UDP', 'open a netlink socket', 'open a socket of IPv6'];
/** Of the machine, whose owner may not be the user of the host. */
const OF_ROOT = new Set(['write to the SDK']);

describe.each([{ user: 'root' }, { user: 'somebody else' }])(
  'a plugin of a host that runs as $user',
  async ({ user }) => {
    const uid = user === 'root' ? 0 : isRoot ? USER : process.getuid?.();
    const python = process.platform === 'linux' && (isRoot || uid !== 0) ? await pythonOf(uid) : undefined;
    const options = onlyIf(python !== undefined, 'needs Linux, and a Python and a checkout that this user can read');
    let folder: string;
    let report: Report;

    beforeAll(async () => {
      if (python === undefined) return;
      folder = await mkdtemp(join(tmpdir(), 'bulkhead-escapes-'));
      report = await tryAll(folder, uid, python);
    });

    afterAll(async () => {
      if (python !== undefined) await rm(folder, { recursive: true, force: true });
    });

    test('finds more than a hundred ways out where there is no sandbox', options, () => {
      const free = report.results.free as Outcomes;
      const stopped = Object.keys(free).filter(
        (name) => free[name] !== null && !OF_SOME_MACHINES.has(name) && (uid === 0 || !isOfRoot(name)),
      );
      expect(stopped).toEqual([]);
      expect(
        Object.keys(free).filter((name) => free[name] === null || uid === 0 || !isOfRoot(name)).length,
      ).toBeGreaterThan(100);
    });

    test('finds none past its own network, with a list of hosts', options, (context) => {
      const outcomes = report.results.with_hosts;
      if (typeof outcomes === 'string') cannotRun(context, outcomes);
      const open = Object.keys(outcomes).filter((name) => outcomes[name] === null);
      expect(open.filter((name) => !IN_ITS_OWN_NETWORK.includes(name))).toEqual([]);
    });

    describe.each(KINDS)('in a sandbox of the kind %s', (kind) => {
      test.for(['spawned', 'forked'] as const)('finds none, %s', options, (how, context) => {
        const outcomes = report.results[`${how}_${kind}`];
        if (typeof outcomes === 'string') cannotRun(context, outcomes);
        expect(Object.keys(outcomes)).toEqual(Object.keys(report.results.free));
        const open = Object.keys(outcomes).filter((name) => outcomes[name] === null);
        expect(open.filter((name) => kind === 'full' || !name.endsWith(OF_FULL))).toEqual([]);
        const { mode, sandbox } = report.starts[`${how}_${kind}`] ?? {};
        expect(mode).toBe(how === 'forked' ? 'fork' : 'spawn');
        expect(sandbox).toMatchObject({ seccomp: true, limits: true, namespaces: kind === 'full' });
      });
    });
  },
);

function isOfRoot(name: string): boolean {
  return name.endsWith('(root)') || OF_ROOT.has(name);
}

/** The minor version of a Python that this user can run; undefined: there is none, or the checkout can't be read. */
async function pythonOf(uid: number | undefined): Promise<string | undefined> {
  const who = uid === undefined ? {} : { uid, gid: uid };
  const state = new StateFolder(TEST_HOME);
  state.ensure();
  const { pythons } = await discoverPythons(state, process.env, new AbortController().signal);
  try {
    await run(process.execPath, ['-e', 'fs.accessSync(process.argv[1])', fixture('programs/escapes.mjs')], who);
    for (const { version, executable } of pythons) {
      const [, minor] = /^(3\.(?:9|1\d))\./.exec(version) ?? [];
      if (minor === undefined) continue;
      const runs = await run(executable, ['-c', 'import ctypes'], who).then(
        () => true,
        () => false,
      );
      if (runs) return minor;
    }
  } catch {
    // it can't read the checkout
  }
  return undefined;
}

/** Sets the stage in `folder`, and lets the plugin try everything, as this user. */
async function tryAll(folder: string, uid: number | undefined, python: string): Promise<Report> {
  const plugin = fixture('plugins/escapes');
  const limits = 'resources: { memory: 200MB, files: 128 }';
  const confined = `permissions: strict, ${limits}`;
  const sandboxed = KINDS.flatMap((kind) =>
    ['spawned', 'forked'].map(
      (how) =>
        `id: ${how}_${kind}, path: ./plugin, ${confined}, sandbox: ${kind}${how === 'forked' ? ', start: fork' : ''}`,
    ),
  );
  const entries = [
    'id: neighbour, path: ./other',
    'id: free, path: ./plugin, env_from_host: [ESCAPES_SECRET]',
    ...sandboxed,
    `id: with_hosts, path: ./plugin, permissions: { network: [bulkhead.invalid] }, ${limits}`,
  ];
  const { uv } = await sharedTools();
  await cp(plugin, join(folder, 'plugin'), { recursive: true });
  await cp(plugin, join(folder, 'other'), { recursive: true });
  await copyFile(uv, join(folder, 'uv'));
  await writeFile(
    join(folder, 'plugins.yaml'),
    `plugins:\n${entries.map((entry) => `  - { ${entry}, python_version: "${python}" }\n`).join('')}`,
  );
  await mkdir(join(folder, 'user'));
  await chmod(folder, 0o755);
  const who = uid === undefined ? {} : { uid, gid: uid };
  if (uid !== undefined) await own(folder, uid);
  const places = ['plugins.yaml', 'user/home', 'outside', 'uv'].map((name) => join(folder, name));
  const { stdout } = await run(process.execPath, [fixture('programs/escapes.mjs'), ...places], {
    ...who,
    env: { ...process.env, HOME: join(folder, 'user') },
  });
  return JSON.parse(stdout) as Report;
}

/** Gives a folder and all in it to a user. */
async function own(folder: string, uid: number): Promise<void> {
  await run('chown', ['-R', `${uid}:${uid}`, folder]);
}

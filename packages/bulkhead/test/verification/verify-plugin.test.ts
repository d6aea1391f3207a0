import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TransportName } from '../../src/verification/variants.ts';
import { TRANSPORTS } from '../../src/verification/variants.ts';
import type { Verification } from '../../src/verification/verification.ts';
import { verifyPlugin, type VerifyOptions } from '../../src/verification/verify-plugin.ts';
import { imageOf, onlyWith, testEngine } from '../container-engine.ts';
import { nodeImage } from '../node-image.ts';
import { onlyInLongRuns } from '../not-run.ts';
import { fixture, TEST_HOME } from '../test-home.ts';

const found = await testEngine();
const node = await nodeImage(found);

let folder: string;
let registry: string;

/** Each language over each transport that it speaks. */
const WELL_BEHAVED = [
  ...TRANSPORTS.map((transport) => ({ language: 'Python', transport, name: 'well_behaved' })),
  ...(['socket'] as const).map((transport) => ({
    language: 'JavaScript',
    transport,
    name: 'well_behaved_in_javascript',
  })),
];

/** What runs a plugin of each language in a container. */
const CONTAINED = [
  { language: 'Python', name: 'well_behaved', image: typeof found === 'string' ? '' : imageOf(found) },
  { language: 'JavaScript', name: 'well_behaved_in_javascript', image: node },
];

function idOf(language: string, transport: string): string {
  return `${language.toLowerCase()}_over_${transport}`;
}

/** What of Python a transport needs. */
const NEEDED: Readonly<Partial<Record<TransportName, string>>> = { zeromq: 'pyzmq', grpc: 'grpcio' };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-verified-'));
  registry = join(folder, 'plugins.yaml');
  const path = (name: string): string => fixture(`verified/${name}`);
  const plugins = [
    ...WELL_BEHAVED.map(({ language, transport, name }) => ({
      id: idOf(language, transport),
      path: path(name),
      ...(NEEDED[transport] === undefined ? {} : { dependencies: [NEEDED[transport]] }),
    })),
    ...(typeof found === 'string' ? [] : CONTAINED).map(({ language, name, image }) => ({
      id: idOf(language, 'sockets_in_a_folder'),
      path: path(name),
      image,
      isolation: 'docker',
    })),
    ...FAULTY.map(({ name }) => ({ id: name, path: path(name) })),
    {
      id: 'bound_to_its_past',
      path: path('bound_to_its_past'),
      reload: 'stop_first',
      config: { lock: join(folder, 'lock') },
    },
    { id: 'disabled', path: path('well_behaved'), enabled: false, start: 'fork' },
    { id: 'gone', path: path('no_such_plugin') },
  ];
  await writeFile(registry, JSON.stringify({ plugins }));
});

afterAll(async () => await rm(folder, { recursive: true, force: true }));

/** The heap of Node fills by some thousand calls. */
const ENOUGH_CALLS = { calls: 10_000, callsTime: 60_000 };

async function verified(id: string, options: VerifyOptions = {}): Promise<Verification> {
  return await verifyPlugin(
    { registry, id },
    { home: TEST_HOME, logger: pino({ level: 'silent' }), calls: 300, callsTime: 1_000, ...options },
  );
}

/** Those that did not pass, and what there was to object to. */
function objections({ variants }: Verification): Record<string, string[]> {
  const checks = variants
    .flatMap((variant) => variant.checks)
    .filter(({ verdict }) => ['warned', 'failed'].includes(verdict));
  return Object.fromEntries(checks.map(({ check, problems }) => [check, problems.map(({ what }) => what)]));
}

const ALL_PASS = {
  handshake: 'passed',
  metadata: 'passed',
  actions: 'passed',
  misfits: 'passed',
  noise: 'passed',
  'large data': 'passed',
  concurrency: 'passed',
  cancel: 'passed',
  'time limit': 'passed',
  memory: 'passed',
  reload: 'passed',
  crash: 'passed',
  end: 'passed',
};

function verdicts({ variants }: Verification): Record<string, string>[] {
  return variants.map(({ checks }) => Object.fromEntries(checks.map(({ check, verdict }) => [check, verdict])));
}

describe('a plugin that behaves', () => {
  test.each(WELL_BEHAVED)(
    'passes all checks in $language as a process, over $transport',
    async ({ language, transport }) => {
      const more = language === 'JavaScript' ? ENOUGH_CALLS : {};
      const options = { tiers: ['process'], transports: [transport], ...more } as const;
      const verification = await verified(idOf(language, transport), options);
      expect(objections(verification)).toEqual({});
      expect(verdicts(verification)).toEqual([ALL_PASS]);
      expect(verification.variants).toMatchObject([{ tier: 'process', transport, verdict: 'passed' }]);
    },
  );

  test('passes all checks in Python in a thread', async () => {
    const verification = await verified(idOf('Python', 'socket'), { tiers: ['thread'] });
    expect(objections(verification)).toEqual({});
    expect(verification.variants).toMatchObject([{ tier: 'thread', transport: undefined, verdict: 'passed' }]);
    expect(verdicts(verification)).toEqual([ALL_PASS]);
  });

  test('passes them in JavaScript in a thread, too, but for the memory of its group, which fills for long', async () => {
    const { memory: _, ...others } = ALL_PASS;
    const checks = Object.keys(others);
    const verification = await verified(idOf('JavaScript', 'socket'), { tiers: ['thread'], checks });
    expect(objections(verification)).toEqual({});
    expect(verification.variants).toMatchObject([{ tier: 'thread', transport: undefined, verdict: 'passed' }]);
    expect(verdicts(verification)).toEqual([others]);
  });

  test.each(CONTAINED)('passes all checks in $language in a container', onlyWith(found), async ({ language }) => {
    const more = language === 'JavaScript' ? ENOUGH_CALLS : {};
    const verification = await verified(idOf(language, 'sockets_in_a_folder'), more);
    expect(objections(verification)).toEqual({});
    expect(verification.variants).toMatchObject([{ tier: 'docker', transport: undefined, verdict: 'passed' }]);
    expect(verdicts(verification)).toEqual([ALL_PASS]);
  });

  test('has only those actions called that may be, and it is told which and why', async () => {
    const { variants } = await verified('python_over_socket', { checks: ['actions'] });
    expect(variants[0]?.actions).toEqual([
      { name: 'greet', inputs: 'examples', count: 2, reason: undefined },
      { name: 'add', inputs: 'schema', count: 2, reason: undefined },
      { name: 'wait', inputs: 'examples', count: 1, reason: undefined },
      { name: 'count', inputs: 'examples', count: 1, reason: undefined },
      {
        name: 'delete_all',
        inputs: undefined,
        count: 0,
        reason: expect.stringContaining('no examples, and is not declared pure'),
      },
    ]);
  });

  test('has all called where its user asks for that', async () => {
    const { variants } = await verified('python_over_socket', {
      checks: ['actions'],
      made: 'all',
      actions: ['delete_all'],
    });
    expect(variants[0]?.actions.filter(({ inputs }) => inputs !== undefined)).toMatchObject([
      { name: 'delete_all', inputs: 'schema' },
    ]);
    // It raises, as made-up input may have it do.
    expect(variants[0]?.checks.at(-1)).toMatchObject({
      check: 'actions',
      verdict: 'passed',
      saw: expect.stringContaining('raised'),
    });
  });
});

/** Each with the one check that finds it, and what that says. */
const FAULTY = [
  { name: 'leaks', check: 'memory', verdict: 'failed', says: /^Its memory grows by \d\d,\d{3} bytes a call/ },
  {
    name: 'ignores_cancel',
    check: 'cancel',
    verdict: 'warned',
    says: /^insist did not let go of a cancelled call within 200 ms/,
  },
  {
    name: 'prints_much',
    check: 'noise',
    verdict: 'warned',
    says: /^It prints at each call: 2 lines, such as "now answering 1"/,
  },
  {
    name: 'one_by_one',
    check: 'concurrency',
    verdict: 'warned',
    says: /^4 calls at once of wait took .* gains nothing/,
  },
  {
    name: 'mixes_answers',
    check: 'concurrency',
    verdict: 'failed',
    says: /^repeat\(\{ value: \d+ \}\) answered \d+ beside others, and \d+ alone/,
  },
  {
    name: 'answers_otherwise',
    check: 'actions',
    verdict: 'failed',
    says: /^halve\(\{ value: 1 \}\) answered 'half of 1', which its schema/,
  },
  {
    name: 'takes_anything',
    check: 'misfits',
    verdict: 'failed',
    says: /^measure raised .*, instead of refusing it, an input without "text"/,
  },
  {
    name: 'contradicts_itself',
    check: 'metadata',
    verdict: 'failed',
    says: /^The input of example 1 of double does not fit its schema: at \/value/,
  },
  {
    name: 'dies_of_size',
    check: 'large data',
    verdict: 'failed',
    says: /^measure with 1\.0 MiB: Plugin "dies_of_size" died/,
  },
  {
    name: 'hangs_in_cleanup',
    check: 'end',
    verdict: 'failed',
    says: /^It was ended by force: its calls and its cleanup took longer than 0\.5 s/,
  },
] as const;

describe('a plugin with a fault is found by the check that is meant for it, and by no other:', () => {
  test.each(FAULTY)('$name by $check', async ({ name, check, verdict, says }) => {
    const verification = await verified(name, check === 'memory' ? ENOUGH_CALLS : {});
    expect(Object.keys(objections(verification))).toEqual([check]);
    expect(objections(verification)[check]?.[0]).toMatch(says);
    expect(verification.verdict).toBe(verdict);
  });

  test('bound_to_its_past by crash', async () => {
    const verification = await verified('bound_to_its_past');
    expect(Object.keys(objections(verification))).toEqual(['crash']);
    expect(objections(verification)['crash']?.[0]).toContain('FileExistsError');
    expect(verification.verdict).toBe('failed');
  });
});

describe('what can not be verified', () => {
  test('is one that does not start: the rest has nothing to look at', async () => {
    const { verdict, variants } = await verifyPlugin(
      { folder: fixture('plugins/fails_to_import') },
      { home: TEST_HOME, logger: pino({ level: 'silent' }) },
    );
    expect(verdict).toBe('failed');
    expect(variants[0]?.checks[0]).toMatchObject({
      check: 'handshake',
      verdict: 'failed',
      problems: [{ blame: 'plugin' }],
    });
    expect(new Set(variants[0]?.checks.slice(1).map((check) => check.verdict))).toEqual(new Set(['inapplicable']));
  });

  test('are combinations that the registry refuses, and the others are', async () => {
    const { variants, verdict } = await verified('disabled', {
      tiers: ['process'],
      transports: ['stdio', 'socket'],
      checks: ['metadata'],
    });
    expect(variants).toMatchObject([
      {
        transport: 'stdio',
        verdict: 'inapplicable',
        reason: 'transport: with start: fork it has to be socket',
        checks: [],
      },
      { transport: 'socket', verdict: 'passed', reason: undefined },
    ]);
    expect(verdict).toBe('passed');
  });

  test('is a transport whose package the plugin does not have', async () => {
    const verification = await verified('leaks', { transports: ['zeromq'] });
    expect(verification).toMatchObject({
      verdict: 'inapplicable',
      variants: [{ transport: 'zeromq', reason: expect.stringContaining('Add `pyzmq` to'), checks: [] }],
    });
  });

  test('is one without an image in a container', async () => {
    const verification = await verified('leaks', { tiers: ['docker'] });
    expect(verification).toMatchObject({
      verdict: 'inapplicable',
      variants: [{ tier: 'docker', reason: expect.stringMatching(/names no image|No container engine/), checks: [] }],
    });
  });

  test('is one whose folder is missing', async () => {
    expect(await verified('gone')).toMatchObject({
      verdict: 'inapplicable',
      variants: [{ reason: expect.stringContaining('no_such_plugin') }],
    });
  });

  test('are names that mean nothing', async () => {
    await expect(verified('nobody')).rejects.toMatchObject({ code: 'PLUGIN_UNKNOWN' });
    await expect(verified('python_over_socket', { checks: ['colour'] })).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
    });
    await expect(verified('python_over_socket', { actions: ['greets'] })).rejects.toMatchObject({
      code: 'ACTION_UNKNOWN',
      message: expect.stringContaining('greet'),
    });
  });
});

test('a verification that is given up leaves nothing running', async () => {
  const giveUp = new AbortController();
  const reason = new Error('enough');
  const listener = {
    ended: ({ check }: { check: string }) => (check === 'actions' ? giveUp.abort(reason) : undefined),
  };
  await expect(verified('python_over_socket', { signal: giveUp.signal, listener })).rejects.toBe(reason);
});

test('a listener that fails changes nothing', async () => {
  const warned = new Promise((resolve) => process.once('warning', resolve));
  const listener = {
    began: () => {
      throw new Error('of the listener');
    },
  };
  expect(await verified('python_over_socket', { checks: ['metadata'], listener })).toMatchObject({ verdict: 'passed' });
  expect(String(await warned)).toContain('of the listener');
});

test('over 10,000 calls the memory of a plugin that behaves stays the same', onlyInLongRuns(), async () => {
  const { variants } = await verified('python_over_socket', { calls: 10_000, callsTime: 120_000, checks: ['memory'] });
  expect(variants[0]?.checks.at(-1)).toMatchObject({
    check: 'memory',
    verdict: 'passed',
    saw: expect.stringContaining('10,0'),
  });
});

test('the registry that is verified with is as it was', async () => {
  const before = await readFile(registry, 'utf8');
  await verified('python_over_socket', { tiers: ['process'], transports: ['stdio'], checks: ['metadata'] });
  expect(await readFile(registry, 'utf8')).toBe(before);
});

import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReadyEnvironment } from '../../src/environment/ready-environment.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { readRegistry } from '../../src/registry/read-registry.ts';
import { pytestFolder } from '../documentation/pytest-folder.ts';
import { REPOSITORY, textOf } from '../documentation/repository.ts';
import { sharedTools } from '../environment/shared-uv.ts';
import { removeImages, testEngine } from '../container-engine.ts';
import { pythonImage } from '../python-image.ts';
import { TEST_HOME } from '../test-home.ts';

const run = promisify(execFile);
/** A busy machine takes long to import pandas and statsmodels. */
const timeout = 300_000;
const EXAMPLES = join(REPOSITORY, 'examples');
const PLUGINS = readdirSync(join(EXAMPLES, 'plugins'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

const found = await testEngine(); // which DOCKER_HOST names from now on
const missing = await pythonImage(found);

let variables: NodeJS.ProcessEnv;
beforeAll(async () => {
  variables = { ...process.env, BULKHEAD_HOME: TEST_HOME, BULKHEAD_UV: (await sharedTools()).uv };
});

it('the example for containers is declared without a mistake', async () => {
  const { plugins } = await readRegistry(join(EXAMPLES, 'containers', 'plugins.yaml'));
  expect(plugins).toMatchObject([
    { id: 'image_processor', spec: { version: '1.0.0', launch: { isolation: 'docker' } } },
  ]);
});

it('the plugins in two languages call each other', async () => {
  await using manager = await PluginManager.open(join(EXAMPLES, 'languages', 'plugins.yaml'), {
    variables,
    logger: pino({ enabled: false }),
  });
  const text = 'banana & banana, cherry';
  const words = { title: 'Words', text };
  expect(await manager.executePlugin('page_writer', words, { action: 'frequent_words' })).toBe(
    '<table><caption>Words</caption><tr><th>banana</th><td>2</td></tr><tr><th>cherry</th><td>1</td></tr></table>',
  );
  expect(await manager.executePlugin('word_counter', { title: '<Size>', text }, { action: 'published' })).toBe(
    '<table><caption>&lt;Size&gt;</caption><tr><th>words</th><td>4</td></tr><tr><th>letters</th><td>23</td></tr></table>',
  );
});

describe('the example plugins', () => {
  let manager: PluginManager;
  beforeAll(async () => {
    manager = await PluginManager.open(join(EXAMPLES, 'plugins.yaml'), {
      variables,
      logger: pino({ enabled: false }),
      startAhead: false,
    });
  });
  afterAll(async () => await manager.close());

  it('are all in the registry', () => {
    expect(
      manager
        .plugins()
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(PLUGINS.toSorted());
  });

  it.each(PLUGINS)('%s passes its own tests in the environment that it is run in', { timeout }, async (id) => {
    const environment = await manager.preparePlugin(id);
    const folder = join(EXAMPLES, 'plugins', id);
    // what pytest brings comes last: it must not stand in for what the plugin forgot to ask for
    const path = await pytestFolder(environment.runtime.python?.executable ?? '');
    const parameters = [
      '-c',
      `import sys; sys.path.append(${JSON.stringify(path)}); import pytest; sys.exit(pytest.main(sys.argv[1:]))`,
    ];
    const options = { cwd: folder, env: { ...variables, PYTHONDONTWRITEBYTECODE: '1' } };
    const ended = await run(pythonOf(environment), [...parameters, '-q', '-p', 'no:cacheprovider'], options).catch(
      (error: unknown) => error as { stdout: string },
    );
    expect(ended.stdout).toMatch(/^\d+ passed(, \d+ warnings?)? in /m);
  });
});

/** As `npm run demo -- --json` prints it, from another folder than the repository's. */
describe('the demo', () => {
  let report: Report;
  beforeAll(async () => {
    const { stdout } = await run(process.execPath, [join(EXAMPLES, 'dist', 'demo.js'), '--json'], {
      cwd: tmpdir(),
      env: variables,
      maxBuffer: 50_000_000,
    });
    report = JSON.parse(stdout) as Report;
  }, timeout);

  afterAll(async () => {
    const { file } = report.results.picture;
    if (file !== undefined) await rm(dirname(file), { recursive: true });
    if (missing === undefined) await removeImages(found, 'localhost/bulkhead/image-processor');
  });

  it('prints one JSON document of the shape that is documented', () => {
    expect(Object.keys(report)).toEqual(['plugins', 'results', 'total_ms']);
    expect(report.plugins.map(({ id }) => id).toSorted()).toEqual(PLUGINS.toSorted());
    for (const { python, packages, timings_ms: timings } of report.plugins) {
      expect(python).toMatch(/^3\.\d+\.\d+/);
      expect(Object.values(packages).every((version) => version === null || /^\d/.test(version))).toBe(true);
      expect(Object.keys(timings)).toEqual(['environment', 'start', 'first_call', 'warm_p50']);
      for (const milliseconds of Object.values(timings)) expect(milliseconds).toBeGreaterThan(0);
    }
    expect(report.total_ms).toBeGreaterThan(
      Math.max(...report.plugins.map(({ timings_ms: timings }) => timings.start)),
    );
  });

  it('runs plugins that could not share an environment', () => {
    const seen = Object.fromEntries(report.plugins.map(({ id, python, packages }) => [id, { python, ...packages }]));
    expect(seen).toMatchObject({
      text_analyzer: { python: expect.stringMatching(/^3\.11\./) },
      data_transformer: { pandas: '2.0.0', numpy: expect.stringMatching(/^1\.24\./) },
      legacy_reporter: {
        python: expect.stringMatching(/^3\.9\./),
        pandas: '1.5.3',
        numpy: expect.stringMatching(/^1\.(1\d|2[0-3])\./),
      },
      trend_forecaster: {
        python: expect.stringMatching(/^3\.1[2-9]\./),
        pandas: expect.stringMatching(/^3\./),
        numpy: expect.stringMatching(/^2\./),
      },
    });
  });

  it('shows what README.md says that it shows', () => {
    const short = (version: string): string => version.split('.').slice(0, 2).join('.');
    const rows = report.plugins.map(
      ({ id, python, packages }) =>
        `| \`${id}\` | ${short(python)} | ${packages['numpy'] ?? '–'} | ${packages['pandas'] ?? '–'} |`,
    );
    const page = textOf('README.md');
    expect(rows.filter((row) => !page.includes(row))).toEqual([]);
  });

  it('comes to results that can be checked', () => {
    const { text, climate, penguins, report: rendered } = report.results;
    expect(text.chapters).toHaveLength(12);
    expect(text.words).toBeGreaterThan(20_000);
    expect(text.keywords[0]?.keyword.toLowerCase()).toContain('alice');
    expect(climate).toMatchObject({ first: '1958-03', last: '2001-12', test: { months: 24 } });
    expect(climate.test.mape).toBeLessThan(0.1);
    expect(climate.test.naive_mape).toBeGreaterThan(0.1);
    expect(climate.forecast).toHaveLength(12);
    expect(penguins).toMatchObject({ rows_read: 344, rows_kept: 342 });
    for (const form of [rendered.text, rendered.markdown]) {
      expect(form).toContain('Penguins by species and sex');
      expect(form).toMatch(/\b342\b/);
    }
  });

  it('takes a text through the hooks of three plugins, in the order of their priorities', () => {
    const { notes, steps } = report.results.hooks;
    expect(steps.map(({ hook }) => hook)).toEqual([
      'text_analyzer.tell_keywords',
      'trend_forecaster.tell_period',
      'legacy_reporter.number_notes',
    ]);
    expect(notes).toEqual([
      expect.stringMatching(/^\[1\] The text is about .+\.$/),
      '[2] Carbon dioxide was measured from 1958-03 to 2001-12.',
    ]);
  });

  it('lets two plugins have what it held, one after the other', () => {
    const { waited, tokens } = report.results.lock;
    expect(waited.toSorted()).toEqual(['data_transformer.archive', 'legacy_reporter.archive']);
    expect(new Set(tokens).size).toBe(3);
  });

  it('writes a page by plugins in two languages', () => {
    const { page } = report.results;
    expect(page.html).toMatch(
      /^<table><caption>Frequent words<\/caption>(<tr><th>\w+<\/th><td>\d+<\/td><\/tr>){3}<\/table>$/,
    );
    expect([page.node, page.python]).toEqual([expect.stringMatching(/^\d+\.\d+/), expect.stringMatching(/^3\./)]);
  });

  it('draws a picture in a container, or says why it does not', async () => {
    const { picture } = report.results;
    if (missing !== undefined) {
      expect(picture).toEqual({ not_run: expect.stringMatching(/^\S.*\.$/) as string });
      return;
    }
    expect(picture).toMatchObject({ width: 480, height: 480, python: expect.stringMatching(/^3\.11\./) as string });
    const { file = '', paths = 0, potrace } = picture;
    expect(potrace).toMatch(/^1\./);
    expect(paths).toBeGreaterThan(1000); // 600 seeds in four shades, the light ones in fewer
    const svg = await readFile(file, 'utf8');
    expect(svg).toMatch(/^<svg [^]*<\/svg>\n$/);
    expect(svg.match(/<path/g)).toHaveLength(paths);
  });

  it('asks a plugin once for what it asks for twice', () => {
    expect(report.results.cache).toMatchObject({ same: true, reached: 1 });
  });
});

/** Of what the demo's `--json` prints, what is looked at here. */
interface Report {
  readonly plugins: readonly {
    readonly id: string;
    readonly python: string;
    readonly packages: Readonly<Record<string, string | null>>;
    readonly timings_ms: Readonly<Record<'environment' | 'start' | 'first_call' | 'warm_p50', number>>;
  }[];
  readonly results: {
    readonly text: {
      readonly words: number;
      readonly keywords: readonly { readonly keyword: string }[];
      readonly chapters: readonly unknown[];
    };
    readonly climate: {
      readonly forecast: readonly unknown[];
      readonly test: { readonly mape: number; readonly naive_mape: number };
    };
    readonly penguins: unknown;
    readonly report: { readonly text: string; readonly markdown: string };
    readonly hooks: { readonly notes: readonly string[]; readonly steps: readonly { readonly hook: string }[] };
    readonly lock: { readonly waited: readonly string[]; readonly tokens: readonly number[] };
    readonly cache: { readonly same: boolean; readonly reached: number };
    readonly page: { readonly html: string; readonly node: string; readonly python: string };
    readonly picture: { readonly file?: string; readonly paths?: number; readonly potrace?: string };
  };
  readonly total_ms: number;
}

function pythonOf({ runtime: { prefix = '' } }: ReadyEnvironment): string {
  return process.platform === 'win32' ? join(prefix, 'Scripts', 'python.exe') : join(prefix, 'bin', 'python');
}

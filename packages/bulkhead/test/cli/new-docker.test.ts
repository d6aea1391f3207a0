import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, test } from 'vitest';
import { askEngine, engineOf, removeImages, testEngine } from '../container-engine.ts';
import { onlyIf } from '../not-run.ts';
import { PYTHON_IMAGE, pythonImage } from '../python-image.ts';
import { Workshop } from './workshop.ts';

const found = await testEngine();
const missing = await pythonImage(found);

describe('bulkhead new --docker', () => {
  test('locks the plugin, and has the registry run it in a container', async () => {
    await using workshop = await Workshop.open();
    await workshop.run(['init']);
    const outcome = await workshop.run(['new', 'hello', '--docker']);
    expect(outcome).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('builds its image') as string });
    expect(outcome.stdout).not.toContain('uv lock');
    expect(await workshop.read('plugins.yaml')).toMatch(/- id: hello\n +path: .*hello\n +isolation: docker\n$/);
    expect(await workshop.read('plugins/hello/uv.lock')).toContain('name = "hello"');
    expect(await workshop.read('plugins/hello/README.md')).toContain('`uv lock`');
  });

  test('says how to lock it later, where no index can be reached', async () => {
    await using workshop = await Workshop.open();
    const variables = { UV_DEFAULT_INDEX: 'http://127.0.0.1:9/simple', UV_CACHE_DIR: join(workshop.home, 'uv') };
    const { exitCode, stdout } = await workshop.run(['new', 'hello', '--docker'], { variables });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/uv\.lock could not be written.*\n.*\n {2}cd \.\/plugins\/hello && uv lock\n/);
    expect(stdout).toMatch(/- id: hello\n +path: \.\/plugins\/hello\n +isolation: docker\n/);
    expect(await readdir(join(workshop.folder, 'plugins/hello'))).toContain('Dockerfile');
  });

  /** The images that its Dockerfile names are in a registry; here others of the kind are put in their place. */
  describe('writes a Dockerfile', onlyIf(missing === undefined, String(missing)), () => {
    const plugin = `hello-${process.pid}`; // its images are told from those of other runs
    afterAll(async () => await removeImages(found, `localhost/bulkhead/${plugin}`));

    test('by which the plugin runs with what is locked, as nobody in particular', async () => {
      await using workshop = await Workshop.open();
      const uv = await uvImage(workshop.uv);
      await workshop.run(['init']);
      await workshop.run(['new', plugin, '--docker']);
      const change = async (file: string, how: (text: string) => string): Promise<unknown> =>
        await workshop.write(`plugins/${plugin}/${file}`, how(await workshop.read(`plugins/${plugin}/${file}`)));
      await change('Dockerfile', (text) =>
        text.replace(/^ARG PYTHON=.*/m, `ARG PYTHON=${PYTHON_IMAGE}`).replace(/^ARG UV=.*/m, `ARG UV=${uv}`),
      );
      await change('plugin.py', (text) =>
        text.replace(/return \{"message".*/, 'import os, cowsay; return [cowsay.__file__, os.getuid(), os.listdir()]'),
      );
      await change('pyproject.toml', (text) => text.replace('dependencies = []', 'dependencies = ["cowsay==6.1"]'));
      const variables = { DOCKER_HOST: `unix://${engineOf(found).address.socket}` };
      const stale = await workshop.run(['run', plugin], { variables });
      expect(stale).toMatchObject({ exitCode: 2, stdout: '' });
      expect(stale.stderr).toMatch(/Dockerfile:\d+: RUN uv sync[^]*uv\.lock[^]*needs to be updated/);
      expect(stale.stderr).toMatch(/^ +Using CPython 3\S+ interpreter at: \/usr\//m); // which uv writes piece by piece

      await execa(workshop.uv, ['lock'], { cwd: join(workshop.folder, 'plugins', plugin) });
      const ran = await workshop.run(['run', plugin], { variables });
      expect(ran).toMatchObject({ exitCode: 0 });
      const [module, user, files] = JSON.parse(ran.stdout) as [string, number, string[]];
      expect(module).toMatch(/^\/app\/\.venv\/lib\/python3\.\d+\/site-packages\/cowsay\//);
      expect(user).toBe(10_001);
      expect(files.toSorted()).toEqual(['.venv', 'plugin.py', 'pyproject.toml', 'uv.lock']);
    });
  });
});

/** An image that holds uv and nothing else, as uv's own does. */
async function uvImage(uv: string): Promise<string> {
  const name = `localhost/bulkhead-test/uv:${basename(dirname(uv))}`;
  if ((await engineOf(found).image(name, AbortSignal.timeout(10_000))) !== undefined) return name;
  const archive = spawn('tar', ['-C', dirname(uv), '-cf', '-', 'uv'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await askEngine(found, 'POST', `/images/create?${new URLSearchParams({ fromSrc: '-', repo: name })}`, archive.stdout);
  return name;
}

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pino } from 'pino';
import { parse as parseToml } from 'smol-toml';
import { expect } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { isBulkheadError } from '../../src/errors/bulkhead-error.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { loadPluginFolder } from '../../src/registry/load-plugin-folder.ts';
import { readRegistry } from '../../src/registry/read-registry.ts';
import { TEST_HOME } from '../test-home.ts';
import type { Sample } from './markdown.ts';
import type { PageProject } from './page-project.ts';
import { pytestFolder } from './pytest-folder.ts';
import { REPOSITORY } from './repository.ts';
import type { SamplePrograms } from './sample-programs.ts';
import { commandsOf, repositoryScripts } from './shell-sample.ts';
import { missingLine } from './shown-output.ts';

/** Long enough for a key of CURVE, which is 40 characters of Z85. */
const SECRET = 'secret'.padEnd(40, '0');

/** As `bulkhead test` loads it; and nothing is kept for a next run. */
const PYTEST_PLUGINS = ['-p', 'plugin_sdk.testing', '-p', 'no:cacheprovider'];

/**
 * Runs the samples of one page in their order, in one project. The words after the language say where a sample belongs:
 *
 *     file=NAME      the sample is this file of the project
 *     in=FOLDER      … of that folder, in which commands run as well
 *     continues      (ts) goes on where the page's last ts sample ended: its text comes first
 *     exits=2,0      (sh, console) exit statuses of the commands, where they are not all 0
 *     no-run="why"   is parsed or compiled only
 *
 * `json` or `text` that directly follows commands is the output of the last one.
 */
export class SampleRunner {
  readonly #project: PageProject;
  readonly #programs: SamplePrograms;
  /** Of the commands that ran last, if the sample before this one was commands. */
  #printed: readonly string[] = [];

  /** @param programs with the page's own among them */
  constructor(project: PageProject, programs: SamplePrograms) {
    this.#project = project;
    this.#programs = programs;
  }

  async run(sample: Sample): Promise<void> {
    for (const word of sample.words.keys()) expect(['file', 'in', 'continues', 'exits', 'no-run']).toContain(word);
    const printed = sample.adjacent ? this.#printed : [];
    this.#printed = [];
    if (printed.length > 0 && (sample.language === 'json' || sample.language === 'text')) {
      expect(missingLine(sample.text, printed), printed.join('\n')).toBeUndefined();
    }
    switch (sample.language) {
      case 'yaml':
        return await this.#yaml(sample);
      case 'python':
        return await this.#python(sample);
      case 'ts':
        return await this.#typescript(sample);
      case 'sh':
      case 'bash':
      case 'console':
        return await this.#shell(sample);
      case 'json':
        return await this.#keep(sample, (text) => JSON.parse(text) as unknown);
      case 'toml':
        return await this.#toml(sample);
      case 'text':
      case '':
        return undefined;
      default:
        throw new Error(`samples in "${sample.language}" are not tested; call it text, if it is no program`);
    }
  }

  async #keep(sample: Sample, parse: (text: string) => unknown): Promise<void> {
    parse(sample.text);
    if (sample.words.has('file')) await this.#project.write(pathOf(sample, ''), sample.text);
  }

  /** A registry becomes the project's plugins.yaml: what follows on the page works with it. */
  async #yaml(sample: Sample): Promise<void> {
    const document = parseYaml(sample.text) as { plugins?: { path?: string }[] };
    if (!('plugins' in document)) return await this.#keep(sample, () => undefined);
    const file = await this.#project.write(pathOf(sample, 'plugins.yaml'), sample.text);
    for (const { path = '' } of document.plugins ?? [])
      if (!path.startsWith('~')) await this.#project.borrowExample(join(dirname(file), path));
    for (const [, name = ''] of sample.text.matchAll(/\$\{env:([A-Z_]+)\}/g)) this.#project.variables[name] ??= SECRET;
    const { plugins } = await readRegistry(file, { variables: this.#project.variables });
    // a page may speak of plugins that it doesn't show; nothing else may be wrong
    for (const { problem } of plugins)
      expect(isBulkheadError(problem) ? problem.code : 'PLUGIN_FOLDER_MISSING', problem?.message).toBe(
        'PLUGIN_FOLDER_MISSING',
      );
  }

  async #toml(sample: Sample): Promise<void> {
    const document = parseToml(sample.text);
    await this.#keep(sample, () => document);
    if (!('project' in document)) return;
    await this.#project.write('manifest/plugin.py', '');
    await this.#project.write('manifest/pyproject.toml', sample.text);
    expect(await loadPluginFolder(join(this.#project.folder, 'manifest'))).toHaveProperty('id');
  }

  async #python(sample: Sample): Promise<void> {
    const [, name] = /^class (\w+)\((?:plugin_sdk\.)?PluginBase\):/m.exec(sample.text) ?? [];
    const path = pathOf(sample, name === undefined ? 'sample.py' : `plugins/${snakeCase(name)}/plugin.py`);
    const file = await this.#project.write(path, sample.text);
    if (sample.words.has('no-run'))
      expect(await this.#project.run('python', ['-m', 'py_compile', file])).toMatchObject({ status: 0 });
    else if (/(^|\/)test_\w+\.py$/.test(path)) await this.#runPytest(file);
    else if (name !== undefined) await this.#startPlugin(dirname(file));
    else expect(await this.#project.run('python', [file], dirname(file))).toMatchObject({ status: 0 });
  }

  async #startPlugin(folder: string): Promise<void> {
    await using manager = new PluginManager({
      home: TEST_HOME,
      variables: this.#project.variables,
      logger: pino({ enabled: false }),
    });
    const id = await manager.loadPlugin(folder);
    await manager.startPlugin(id);
    expect(manager.plugins()[0]).toMatchObject({ id, state: 'ready', problem: undefined });
  }

  async #runPytest(file: string): Promise<void> {
    const { stdout: python } = await this.#project.run('python', ['-c', 'import sys; print(sys.executable)']);
    const paths = [dirname(file), this.#project.variables['PYTHONPATH'], await pytestFolder(python.trim())].join(':');
    expect(
      await this.#project.run(
        'env',
        [`PYTHONPATH=${paths}`, 'python', '-m', 'pytest', '-q', ...PYTEST_PLUGINS, file],
        dirname(file),
      ),
    ).toMatchObject({ status: 0 });
  }

  async #typescript(sample: Sample): Promise<void> {
    const { file, text } = await this.#programs.compiled(sample);
    if (sample.words.has('no-run')) return;
    const printed = await this.#project.run(process.execPath, [file.replace(/ts$/, 'js')], dirname(file));
    expect(printed, printed.stderr).toMatchObject({ status: 0 });
    const shown = [...text.matchAll(/^\s*console\.log\(.*\);? *\/\/ (.*)$/gm)].map(([, comment]) => comment).join('\n');
    expect(missingLine(shown, [printed.stdout]), printed.stdout).toBeUndefined();
  }

  async #shell({ text, language, words }: Sample): Promise<void> {
    const commands = commandsOf(text, language);
    const statuses = words.get('exits')?.split(',').map(Number) ?? commands.map(() => 0);
    if (words.has('no-run')) return;
    let folder: string | undefined = words.get('in') ?? '';
    for (const [index, { command, shown }] of commands.entries()) {
      const scripts = repositoryScripts(command);
      if (scripts !== undefined) {
        for (const script of scripts) expect(ROOT_SCRIPTS, command).toHaveProperty([script]);
        // what follows a clone is done in it
        if (command.startsWith('git clone')) return;
        continue;
      }
      const result = await this.#project.shell(command, folder);
      folder = undefined;
      this.#printed = [result.stdout, result.stderr];
      expect(result.status, `${command}\n${result.stdout}${result.stderr}`).toBe(statuses[index]);
      expect(
        missingLine(shown, [result.stdout, result.stderr]),
        `${command}\n${result.stdout}${result.stderr}`,
      ).toBeUndefined();
    }
  }
}

const ROOT_SCRIPTS = (
  JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
).scripts;

function pathOf({ words }: Sample, otherwise: string): string {
  return join(words.get('in') ?? '', words.get('file') ?? otherwise);
}

/** `TextTools` becomes `text_tools`: the folder in which a page's plugin lives, and so its id. */
function snakeCase(name: string): string {
  return name.replace(/(?<=[a-z\d])(?=[A-Z])/g, '_').toLowerCase();
}

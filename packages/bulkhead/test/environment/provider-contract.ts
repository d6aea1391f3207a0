import { existsSync } from 'node:fs';
import { readdir, readFile, readlink, rm, stat, symlink } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { environmentPython } from '../../src/environment/build/environment-record.ts';
import { environmentsOf } from '../../src/environment/environments.ts';
import type { BuiltEnvironment, EnvironmentProvider, PythonRuntime } from '../../src/environment/ready-environment.ts';
import { pluginVariables } from '../../src/lifecycle/process-variables.ts';
import { identifyProcess } from '../../src/lifecycle/process-identity.ts';
import { prepareInOtherProcess } from './other-process.ts';
import { SlowPackage } from './slow-package.ts';
import { Workbench } from './workbench.ts';

/** What every provider of environments does. */
export function describeProvider(environment: 'uv' | 'venv'): void {
  describe(`environments by ${environment}`, () => {
    let bench: Workbench;
    let provider: EnvironmentProvider<PythonRuntime>;
    beforeEach(async () => {
      bench = await Workbench.open();
      provider = environmentsOf({ variables: bench.variables })[environment];
    });
    afterEach(async () => {
      await bench.close();
    });

    test('builds an environment once, finds it again without a process, and shares it', async () => {
      const look = async (): Promise<BuiltEnvironment | undefined> =>
        await provider.find(bench.spec({ dependencies: ['attrs', 'six==1.16.0'] }), new AbortController().signal);
      expect(await look()).toBeUndefined();
      const first = await bench.prepare(provider, { dependencies: ['six == 1.16.0', 'attrs'] });
      expect(await look()).toMatchObject({ built: false, runtime: first.runtime });
      expect(first).toMatchObject({ built: true, packages: { six: '1.16.0' } });
      expect(first.runtime.python.version).toMatch(/^3\.11\./);
      expect(
        execFileSync(environmentPython(first.runtime.prefix), ['-I', '-c', 'import six, attr; print(six.__version__)'])
          .toString()
          .trim(),
      ).toBe('1.16.0');
      expect(existsSync(join(first.runtime.sitePackages, 'six.py'))).toBe(true);
      expect(await readlink(join(bench.plugin, '.venv'))).toBe(first.runtime.prefix);
      const trials = bench.events.filter(({ step }) => step === 'trying');
      expect(trials.map(({ message }) => message)).toEqual(['importing attrs, six']);
      expect(await bench.leftovers()).toEqual([]);

      const before = bench.events.length;
      const again = await bench.prepare(environmentsOf({ variables: bench.variables })[environment], {
        id: 'other',
        dependencies: ['attrs', 'SIX==1.16.0'],
      });
      expect(again).toMatchObject({ built: false, identity: first.identity, packages: first.packages });
      expect(bench.events.length).toBe(before);
    });

    test('builds a half-built environment anew', async () => {
      const { prefix } = (await bench.prepare(provider)).runtime;
      await rm(join(prefix, 'bulkhead.json'));
      const { built, runtime } = await bench.prepare(provider);
      expect(built).toBe(true);
      expect(await readdir(bench.state.environments)).toEqual([basename(runtime.prefix)]);
      expect(await readlink(join(bench.plugin, '.venv'))).toBe(runtime.prefix);
    });

    test('builds anew when the interpreter is gone', async () => {
      const { prefix } = (await bench.prepare(provider)).runtime;
      await rm(environmentPython(prefix));
      const { built, runtime } = await bench.prepare(provider);
      expect(built).toBe(true);
      expect(await readdir(bench.state.environments)).toEqual([basename(runtime.prefix)]);
      await stat(environmentPython(runtime.prefix));
    });

    test('is built once for several processes that want it at the same time', async () => {
      const spec = bench.spec({ dependencies: ['six'] });
      const others = [1, 2].map(() => prepareInOtherProcess(bench, environment, spec).answer);
      const answers = await Promise.all([
        ...others,
        bench.prepareSpec(provider, spec),
        bench.prepareSpec(provider, spec),
      ]);
      expect(answers.filter(({ built }) => built)).toHaveLength(1);
      expect(new Set(answers.map(({ runtime }) => runtime.prefix)).size).toBe(1);
      expect(await bench.leftovers()).toEqual([]);
    });

    test('is built anew after its builder was killed in the middle, whose own processes are ended', async () => {
      const slow = await SlowPackage.in(bench);
      const spec = bench.spec({ dependencies: [slow.requirement] });
      const { child, answer } = prepareInOtherProcess(bench, environment, spec);
      const backend = await slow.begun();
      child.kill('SIGKILL');
      await once(child, 'exit');
      expect(identifyProcess(backend)).toBeDefined();
      const rebuilt = bench.prepareSpec(provider, spec);
      expect(await slow.begun()).not.toBe(backend);
      expect(identifyProcess(backend)).toBeUndefined();
      await slow.letGo();
      expect(await rebuilt).toMatchObject({ built: true, packages: { slowpackage: '1.0' } });
      expect(await bench.leftovers()).toEqual([]);
      expect(await answer).toEqual({});
    });

    test('ends its processes and gives its locks back when it is aborted', async () => {
      const slow = await SlowPackage.in(bench);
      const stop = new AbortController();
      const aborted = bench.prepare(provider, { dependencies: [slow.requirement] }, stop.signal);
      const backend = await slow.begun();
      stop.abort(new Error('enough'));
      await expect(aborted).rejects.toThrow('enough');
      expect(identifyProcess(backend)).toBeUndefined();
      expect(await bench.leftovers()).toEqual([]);
      await slow.letGo();
      expect(await bench.prepare(provider, { dependencies: [slow.requirement] })).toMatchObject({ built: true });
    });

    test('tries packages with the variables that the plugin has, and no others', async () => {
      const seen = join(bench.root, 'seen.json');
      const code = `import json, os\njson.dump(dict(os.environ), open(${JSON.stringify(seen)}, 'w'))\n`;
      await bench.write(
        'curious/pyproject.toml',
        '[project]\nname = "curious"\nversion = "1.0"\n[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
      );
      await bench.write('curious/backend.py', oneModuleBackend('curious', code));
      const secrets = [
        'AWS_SECRET_ACCESS_KEY',
        'GIT_SSH_COMMAND',
        'NETRC',
        'PIP_INDEX_URL',
        'PIP_PASSWORD',
        'SSH_AUTH_SOCK',
        'UV_INDEX_PRIVATE_PASSWORD',
        'UV_PUBLISH_TOKEN',
      ];
      const variables = {
        ...bench.variables,
        ...Object.fromEntries(secrets.map((name) => [name, '/nothing'])),
        NO_PROXY: '*',
        OF_HOST: '1',
      };
      const requirement = `curious @ ${pathToFileURL(join(bench.root, 'curious')).href}`;
      const spec = bench.spec({ dependencies: [requirement] });
      const launch = { ...spec.launch, variables: { OF_PLUGIN: '1' }, variablesFromHost: ['OF_HOST'] };
      const { runtime } = await bench.prepareSpec(environmentsOf({ variables })[environment], { ...spec, launch });
      const own = JSON.parse(await readFile(seen, 'utf8')) as Record<string, string>;
      expect(Object.keys(own).filter((name) => secrets.includes(name))).toEqual([]);
      // LC_CTYPE: Python itself may set it
      const { BULKHEAD_BUILD: _mark, LC_CTYPE: _locale, ...others } = own;
      const { LC_CTYPE: _same, ...asAtRunTime } = pluginVariables(variables, launch, runtime.prefix);
      expect(others).toEqual(asAtRunTime);
    });

    test('tells what a package that does not exist is called', async () => {
      const error = await bench.failure(
        'PACKAGE_NOT_FOUND',
        bench.prepare(provider, { dependencies: ['bulkhead-no-such-package'] }),
      );
      expect(error.details.packageName).toBe('bulkhead-no-such-package');
      expect(String((error.cause as Error).message)).toContain('bulkhead-no-such-package');
      expect(await bench.leftovers()).toEqual([]);
    });

    test('tells that a module of Python is no package', async () => {
      const { advice } = await bench.failure('PACKAGE_NOT_FOUND', bench.prepare(provider, { dependencies: ['os'] }));
      expect(advice).toContain('"os" is a module of Python itself');
    });

    test('tells which requirements conflict', async () => {
      const error = await bench.failure(
        'DEPENDENCIES_CONFLICT',
        bench.prepare(provider, { dependencies: ['six==1.16.0', 'six==1.15.0'] }),
      );
      expect(error.message).toContain('six==1.1');
    });

    test('refuses what is not a requirement', async () => {
      const error = await bench.failure(
        'REQUIREMENT_INVALID',
        bench.prepare(provider, { dependencies: ['six =!= 1'] }),
      );
      expect(error.details.requirement).toBe('six =!= 1');
    });

    test('tells which Python is missing, and which there are', async () => {
      bench.variables['UV_PYTHON_DOWNLOADS'] = 'never';
      const error = await bench.failure('PYTHON_NOT_FOUND', bench.prepare(provider, { python: '3.47' }));
      expect(error.details.wanted).toBe('3.47');
      expect(error.details.found.join()).toContain('3.11');
    });

    test('tells that the package index does not answer', async () => {
      Object.assign(bench.variables, {
        UV_DEFAULT_INDEX: 'http://127.0.0.1:9/simple',
        UV_HTTP_RETRIES: '0',
        UV_NO_CACHE: '1',
        PIP_INDEX_URL: 'http://user:secret@127.0.0.1:9/simple',
        PIP_RETRIES: '1',
        PIP_NO_CACHE_DIR: '1',
      });
      const error = await bench.failure('INDEX_UNREACHABLE', bench.prepare(provider, { dependencies: ['six'] }));
      expect(error.retryable).toBe(true);
      expect(`${error.message} ${String((error.cause as Error).message)}`).not.toContain('secret');
    });

    test('does not touch an environment that the developer made', async () => {
      const own = await bench.write('plugin/.venv/pyvenv.cfg', 'mine');
      await bench.prepare(provider);
      expect(await readFile(own, 'utf8')).toBe('mine');
    });

    test('leaves a link into another data folder alone as long as its environment is there', async () => {
      const link = join(bench.plugin, '.venv');
      const record = await bench.write(`other/environments/${'a'.repeat(32)}-01234567/bulkhead.json`, '{}');
      await symlink(dirname(record), link);
      const { prefix } = (await bench.prepare(provider)).runtime;
      expect(await readlink(link)).toBe(dirname(record));
      expect(bench.events.map(({ message }) => message)).toContain(
        `${link} was left as it is: it leads to ${dirname(record)}, of another data folder`,
      );
      await rm(record);
      await bench.prepare(provider);
      expect(await readlink(link)).toBe(prefix);
    });

    test('leaves a link to an environment that holds the same packages and more, until they change', async () => {
      const link = async (): Promise<string> => await readlink(join(bench.plugin, '.venv'));
      const more = await bench.prepare(provider, { dependencies: ['six==1.16.0', 'attrs'] });
      await bench.prepare(provider, { dependencies: ['six==1.16.0'] });
      expect(await link()).toBe(more.runtime.prefix);
      const other = await bench.prepare(provider, { dependencies: ['six==1.17.0'] });
      expect(await link()).toBe(other.runtime.prefix);
    });

    test("lets tools find plugin_sdk, which leads to the SDK of the host that was here last and is no package of the environment's", async () => {
      const sdk = async (name: string): Promise<string> =>
        dirname(dirname(await bench.write(`${name}/plugin_sdk/__init__.py`, `name = '${name}'`)));
      const [first, second] = [await sdk('first'), await sdk('second')];
      const prepareFor = async (folder: string): Promise<BuiltEnvironment> =>
        await bench.prepare(environmentsOf({ variables: bench.variables, sdkForTools: folder })[environment]);
      const found = ({ runtime }: BuiltEnvironment): string =>
        execFileSync(environmentPython(runtime.prefix), ['-I', '-c', 'import plugin_sdk; print(plugin_sdk.name)'])
          .toString()
          .trim();
      const without = await bench.prepare(provider);
      const built = await prepareFor(first);
      expect(built).toMatchObject({ identity: without.identity, packages: {}, built: false });
      expect(found(built)).toBe('first');
      await prepareFor(second);
      expect(found(built)).toBe('second');
    });

    test('takes what is not tried yet for ready only where no trial is wanted', async () => {
      const spec = { dependencies: ['six'] };
      expect(await bench.prepare(provider, { ...spec, trialImport: false })).toMatchObject({ built: true });
      expect(bench.events.map(({ step }) => step)).not.toContain('trying');
      await bench.prepare(provider, spec);
      expect(bench.events.map(({ step }) => step)).toContain('trying');
      expect(await bench.prepare(provider, spec)).toMatchObject({ built: false });
    });
  });
}

/** A build backend whose wheel holds one module. */
function oneModuleBackend(name: string, code: string): string {
  return `
import os, zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "${name}-1.0-py3-none-any.whl"
    info = "${name}-1.0.dist-info/"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        wheel.writestr("${name}.py", ${JSON.stringify(code)})
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: ${name}\\nVersion: 1.0\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "${name}.py,,\\n" + info + "METADATA,,\\n" + info + "WHEEL,,\\n" + info + "RECORD,,\\n")
    return name
`;
}

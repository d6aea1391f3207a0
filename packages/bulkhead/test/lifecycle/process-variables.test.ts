import { describe, expect, it, test } from 'vitest';
import { PASSED_TO_ALL, PASSED_TO_PLUGINS } from '../../src/lifecycle/passed-variables.ts';
import {
  builderVariables,
  interpreterVariables,
  type OwnVariables,
  pluginVariables,
} from '../../src/lifecycle/process-variables.ts';

const NOTHING: OwnVariables = { variables: {}, variablesFromHost: [] };
/** What is added for every plugin. */
const ADDED = { VIRTUAL_ENV: '/env', PIP_REQUIRE_VIRTUALENV: '1', PATH: '/env/bin:/usr/local/bin:/usr/bin:/bin' };

/** What a plugin sees of these beside what is added for every plugin. */
function passed(host: NodeJS.ProcessEnv, own: OwnVariables = NOTHING): Record<string, string> {
  const {
    VIRTUAL_ENV: _prefix,
    PIP_REQUIRE_VIRTUALENV: _pip,
    PATH: _path,
    ...rest
  } = pluginVariables(host, own, '/env');
  return rest;
}

function named(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, 'x']));
}

describe('the variables of a plugin', () => {
  it('are those that the owner of a machine sets for all programs, and its own, which go first', () => {
    const host = {
      ...named('HOME', 'TZ', 'LC_ALL', 'HTTPS_PROXY', 'no_proxy', 'LD_LIBRARY_PATH', 'CUDA_VISIBLE_DEVICES'),
    };
    expect(
      passed({ ...host, EMPTY: undefined }, { ...NOTHING, variables: { TOKEN: 'mine', LC_ALL: 'de_DE' } }),
    ).toEqual({
      ...host,
      TOKEN: 'mine',
      LC_ALL: 'de_DE',
    });
  });

  it.each([
    'ROCR_VISIBLE_DEVICES',
    'HSA_OVERRIDE_GFX_VERSION',
    'OMP_NUM_THREADS',
    'VECLIB_MAXIMUM_THREADS',
    'MALLOC_ARENA_MAX',
    'XDG_CACHE_HOME',
    'HF_HOME',
    'TRANSFORMERS_CACHE',
    'TORCH_HOME',
    'NLTK_DATA',
    'MPLCONFIGDIR',
    'GDAL_DATA',
    'PROJ_LIB',
    'DISPLAY',
    'WAYLAND_DISPLAY',
    'XAUTHORITY',
    'JAVA_HOME',
    'TNS_ADMIN',
    'SSL_CERT_FILE',
    'REQUESTS_CA_BUNDLE',
    'NO_COLOR',
  ])('have %s', (name) => {
    expect(passed(named(name))).toEqual(named(name));
  });

  it.each([
    'AWS_SECRET_ACCESS_KEY',
    'GOOGLE_APPLICATION_CREDENTIALS',
    'DATABASE_URL',
    'GITHUB_TOKEN',
    'OPENAI_API_KEY',
    'KRB5CCNAME',
    'NETRC',
    'SSH_AUTH_SOCK',
    'UV_PUBLISH_TOKEN',
    'UV_INDEX_PRIVATE_PASSWORD',
    'PIP_INDEX_URL',
    'SSLKEYLOGFILE',
    'PGPASSWORD',
    // by a prefix that others pass by
    'HF_TOKEN',
    'HF_TOKEN_PATH',
    'NVIDIA_API_KEY',
    'XDG_SESSION_COOKIE',
    'CUDA_SECRET',
    'TORCH_PASSWORD',
    'TF_VAR_password',
    // those of the host's own language and tools
    'PYTHONPATH',
    'PYTHONHOME',
    'PYTHONDONTWRITEBYTECODE',
    'NODE_OPTIONS',
    'CONDA_PREFIX',
    'LD_PRELOAD',
    'BULKHEAD_HOME',
  ])('have no %s, unless the registry names it', (name) => {
    expect(passed(named(name))).toEqual({});
    expect(passed(named(name), { ...NOTHING, variablesFromHost: [name] })).toEqual(named(name));
  });

  it('have what the registry names, by names or what they begin with', () => {
    const host = named('SLURM_JOB_ID', 'SLURM_', 'OTHER_SLURM', 'slurm_x', 'DATABASE_URL', 'DATABASE_URL_2');
    expect(passed(host, { ...NOTHING, variablesFromHost: ['SLURM_*', 'DATABASE_URL', 'NOT_SET'] })).toEqual(
      named('SLURM_JOB_ID', 'SLURM_', 'DATABASE_URL'),
    );
    const both = { variables: { DATABASE_URL: 'own' }, variablesFromHost: ['DATABASE_URL'] };
    expect(passed(host, both)).toEqual({ DATABASE_URL: 'own' });
  });

  it('have the programs of the environment first on the PATH, whoever says what follows', () => {
    expect(pluginVariables({}, NOTHING, '/env')).toEqual(ADDED);
    expect(pluginVariables({ PATH: '/host/bin' }, NOTHING, '/env')['PATH']).toBe('/env/bin:/host/bin');
    const own = { ...NOTHING, variables: { PATH: '/own/bin' } };
    expect(pluginVariables({ PATH: '/host/bin' }, own, '/env')['PATH']).toBe('/env/bin:/own/bin');
  });
});

test('what builds environments sees credentials, and not what is decided elsewhere', () => {
  const host = named(
    'UV_PUBLISH_TOKEN',
    'NETRC',
    'SSH_AUTH_SOCK',
    'HTTPS_PROXY',
    'UV_PYTHON',
    'HF_HOME',
    'DATABASE_URL',
  );
  expect(builderVariables(host, new Set(['UV_PYTHON']))).toEqual(
    named('UV_PUBLISH_TOKEN', 'NETRC', 'SSH_AUTH_SOCK', 'HTTPS_PROXY'),
  );
});

test('what is asked for its version sees the settings of its tool', () => {
  const host = named('PYENV_VERSION', 'LD_LIBRARY_PATH', 'HF_HOME', 'PYTHONPATH');
  expect(interpreterVariables(host)).toEqual(named('PYENV_VERSION', 'LD_LIBRARY_PATH'));
});

test('no variable is in the list twice', () => {
  const all = [...PASSED_TO_ALL, ...PASSED_TO_PLUGINS];
  const names = all.flatMap((each) => each.names);
  const prefixes = all.flatMap((each) => each.prefixes ?? []);
  expect(names.toSorted()).toEqual([...new Set(names)].toSorted());
  expect(names.filter((name) => prefixes.some((prefix) => name.startsWith(prefix)))).toEqual([]);
});

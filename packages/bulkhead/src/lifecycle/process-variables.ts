/**
 * Which of the host's environment variables other programs see. The host's hold its secrets, so each program has an
 * allow-list: this file is the one place that says what is on it.
 */
interface AllowList {
  readonly names: ReadonlySet<string>;
  readonly prefixes: readonly string[];
}

/** Every program. */
const COMMON: readonly string[] = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TMPDIR',
  'TEMP',
  'TMP',
  // certificates of the machine: behind a company proxy nothing can speak TLS without them
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  // Windows does not start a Python without these
  'SYSTEMROOT',
  'SYSTEMDRIVE',
  'WINDIR',
  'COMSPEC',
  'PATHEXT',
  'APPDATA',
  'LOCALAPPDATA',
  'USERPROFILE',
  'NUMBER_OF_PROCESSORS',
  'PROCESSOR_ARCHITECTURE',
];

/** A plugin's code. Everything else has to be named in the registry's `env`. */
const PLUGIN: AllowList = {
  names: new Set([...COMMON, 'SHELL']),
  // locale, and numeric libraries' choice of threads and processor features, which a machine's owner sets for all programs
  prefixes: ['LC_', 'OMP_', 'OPENBLAS_', 'MKL_', 'NUMEXPR_'],
};

/** An executable that is asked who it is: it may be a shim of one of these tools. */
const INTERPRETER: AllowList = {
  names: PLUGIN.names,
  prefixes: ['LC_', 'PYENV_', 'MISE_', 'ASDF_', 'CONDA_'],
};

/** uv, pip and the compilers that they run: they reach private indexes and repositories, so they see what those need. */
const BUILDER: AllowList = {
  names: new Set([
    ...COMMON,
    'NETRC',
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'ALL_PROXY',
    'NO_PROXY',
    // requirements may name private git repositories
    'SSH_AUTH_SOCK',
    'GIT_SSH_COMMAND',
    'GIT_SSL_CAINFO',
    // compilers
    'CC',
    'CXX',
    'AR',
    'LD',
    'CFLAGS',
    'CXXFLAGS',
    'CPPFLAGS',
    'LDFLAGS',
    'CPATH',
    'LIBRARY_PATH',
    'LD_LIBRARY_PATH',
    'PKG_CONFIG_PATH',
    'MACOSX_DEPLOYMENT_TARGET',
    'SDKROOT',
    'CUDA_HOME',
    'CARGO_HOME',
    'RUSTUP_HOME',
    'RUSTFLAGS',
    'MAKEFLAGS',
    'PROGRAMDATA',
    'PROGRAMFILES',
    'VCINSTALLDIR',
    'INCLUDE',
    'LIB',
  ]),
  prefixes: ['LC_', 'XDG_', 'UV_', 'PIP_'],
};

/** For code of a plugin or of its packages; `own` are what its registry entry and its language add. */
export function pluginVariables(
  host: NodeJS.ProcessEnv,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  return { ...allowed(host, PLUGIN), ...own };
}

export function interpreterVariables(host: NodeJS.ProcessEnv): Record<string, string> {
  return allowed(host, INTERPRETER);
}

/** `decided`: those that are left out, because something else decides what they would say. */
export function builderVariables(host: NodeJS.ProcessEnv, decided: ReadonlySet<string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(allowed(host, BUILDER)).filter(([name]) => !decided.has(name.toUpperCase())),
  );
}

/** Windows does not tell names apart by case. */
function allowed(host: NodeJS.ProcessEnv, { names, prefixes }: AllowList): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(host)) {
    const upper = name.toUpperCase();
    if (value === undefined) continue;
    if (names.has(upper) || prefixes.some((prefix) => upper.startsWith(prefix))) variables[name] = value;
  }
  return variables;
}

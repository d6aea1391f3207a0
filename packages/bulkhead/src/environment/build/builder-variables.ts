/**
 * What uv, pip, the build backends they run and a trial import see of the host's environment variables: an allow-list,
 * because building a source distribution runs its code.
 */
const ALLOWED = new Set([
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
  'NETRC',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
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
  'SYSTEMROOT',
  'SYSTEMDRIVE',
  'WINDIR',
  'COMSPEC',
  'PATHEXT',
  'APPDATA',
  'LOCALAPPDATA',
  'USERPROFILE',
  'PROGRAMDATA',
  'PROGRAMFILES',
  'NUMBER_OF_PROCESSORS',
  'PROCESSOR_ARCHITECTURE',
  'VCINSTALLDIR',
  'INCLUDE',
  'LIB',
]);
const ALLOWED_PREFIXES = ['LC_', 'XDG_', 'UV_', 'PIP_'];

/** Settings of uv that would change *what* is done, where Bulkhead has decided that; the others say *how*, and are the user's. */
const DECIDED_HERE = new Set([
  'UV_PROJECT',
  'UV_PROJECT_ENVIRONMENT',
  'UV_WORKING_DIR',
  'UV_WORKING_DIRECTORY',
  'UV_PYTHON',
  'UV_SYSTEM_PYTHON',
  'UV_MANAGED_PYTHON',
  'UV_NO_MANAGED_PYTHON',
  'UV_PYTHON_PREFERENCE',
  'UV_FROZEN',
  'UV_LOCKED',
  'UV_NO_SYNC',
  'UV_ISOLATED',
  'UV_ENV_FILE',
  'UV_COMPILE_BYTECODE',
  'UV_DEV',
  'UV_NO_DEV',
  'UV_NO_GROUP',
  'UV_NO_DEFAULT_GROUPS',
  'UV_NO_EDITABLE',
  'UV_NO_INSTALL_PROJECT',
  'UV_NO_INSTALL_WORKSPACE',
  'UV_NO_INSTALL_LOCAL',
  'UV_VENV_CLEAR',
  'UV_VENV_RELOCATABLE',
  'UV_NO_PROGRESS',
  'PIP_TARGET',
  'PIP_PREFIX',
  'PIP_USER',
  'PIP_DRY_RUN',
  'PIP_REQUIRE_VIRTUALENV',
  'PIP_PYTHON',
]);

/** Set for every process that works on an environment, so that those of a host that was killed can be found: see orphaned-builders.ts. */
export const BUILD_MARK = 'BULKHEAD_BUILD';

export function builderVariables(
  host: NodeJS.ProcessEnv,
  added: Readonly<Record<string, string>>,
): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(host)) {
    const upper = name.toUpperCase();
    if (value === undefined || DECIDED_HERE.has(upper)) continue;
    if (ALLOWED.has(upper) || ALLOWED_PREFIXES.some((prefix) => upper.startsWith(prefix))) variables[name] = value;
  }
  return { ...variables, NO_COLOR: '1', ...added };
}

import { builderVariables as allowedVariables } from '../../lifecycle/process-variables.ts';

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

/** The environment variables of uv and pip: those of the host that are allowed, and `added`. */
export function builderVariables(
  host: NodeJS.ProcessEnv,
  added: Readonly<Record<string, string>>,
): Record<string, string> {
  return { ...allowedVariables(host, DECIDED_HERE), NO_COLOR: '1', ...added };
}

/** Lets uv and pip fetch all packages, and build those that have to be built, as if for the first time. */
export function withoutCache<Context extends { readonly variables: NodeJS.ProcessEnv }>(context: Context): Context {
  return { ...context, variables: { ...context.variables, UV_NO_CACHE: '1', PIP_NO_CACHE_DIR: '1' } };
}

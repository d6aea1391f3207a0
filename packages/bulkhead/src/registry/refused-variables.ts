import type { FieldPath, Finding } from './finding.ts';
import { isMapping } from './plain-value.ts';

/** Environment variables that an instance can't be given as its registry entry says, and why. */
const REFUSED: Readonly<Record<string, string>> = {
  BULKHEAD_BUILD: 'Bulkhead finds the processes of a build by it',
  BULKHEAD_ENDPOINT: 'Bulkhead tells a plugin by it where its host is',
  BULKHEAD_INSTANCE: 'Bulkhead finds the processes of an instance by it',
  PYTHONEXECUTABLE: 'Bulkhead chooses the interpreter; see python_version',
  PYTHONHOME: 'it would give the interpreter the standard library of another one; see python_version',
  PYTHONINSPECT: 'an instance has no terminal to go on in',
  PYTHONPLATLIBDIR: 'the interpreter would not find its standard library',
  __PYVENV_LAUNCHER__: 'Bulkhead chooses the interpreter; see python_version',
};

const BEFORE_SANDBOX = 'with permissions it has no place: what it names would run before the sandbox is closed';

/** The same for a plugin that is kept to its permissions: the interpreter, or the loader of programs, obeys them at once. */
const REFUSED_IN_SANDBOX: Readonly<Record<string, string>> = {
  ...REFUSED,
  GCONV_PATH: BEFORE_SANDBOX,
  LD_AUDIT: BEFORE_SANDBOX,
  LD_LIBRARY_PATH: BEFORE_SANDBOX,
  LD_PRELOAD: BEFORE_SANDBOX,
  PYTHONPATH: BEFORE_SANDBOX,
  PYTHONPYCACHEPREFIX: BEFORE_SANDBOX,
};

type Refused = Readonly<Record<string, string>>;

/** What Python takes for UTF-8, with or without a way to handle errors. */
const UTF_8 = /^(utf[-_]?8)?(:.*)?$/i;

/** Mistakes in the variables of a plugin's entry: silence would let people believe that these have an effect. */
export function refusedVariables(plugin: Readonly<Record<string, unknown>>, path: FieldPath): Finding[] {
  const { env, env_from_host: fromHost, permissions, sandbox, isolation } = plugin;
  const isConfined = permissions !== undefined && sandbox !== 'off' && isolation !== 'docker';
  const refused = isConfined ? REFUSED_IN_SANDBOX : REFUSED;
  const own = isMapping(env) ? Object.entries(env) : [];
  return [
    ...own.flatMap(([name, value]) => finding([...path, 'env', name], 'key', name, whyRefused(refused, name, value))),
    ...refusedNames(fromHost, [...path, 'env_from_host'], refused),
    ...refusedNames(isMapping(permissions) ? permissions['env'] : [], [...path, 'permissions', 'env'], refused),
  ];
}

function refusedNames(names: unknown, path: FieldPath, refused: Refused): Finding[] {
  return (Array.isArray(names) ? [...names.entries()] : []).flatMap(([index, name]: [number, unknown]) =>
    typeof name === 'string'
      ? finding([...path, index], 'value', name, whyRefused(refused, name) ?? whyTooMany(refused, name))
      : [],
  );
}

function finding(path: FieldPath, at: Finding['at'], name: string, reason: string | undefined): Finding[] {
  return reason === undefined ? [] : [{ path, at, message: `${name} can't be set for a plugin: ${reason}` }];
}

function whyRefused(all: Refused, name: string, value?: unknown): string | undefined {
  const isOtherEncoding = typeof value === 'string' && !UTF_8.test(value) && !value.includes('${env:');
  if (name === 'PYTHONIOENCODING' && isOtherEncoding) return 'the host reads what it writes as UTF-8';
  return Object.hasOwn(all, name) ? all[name] : undefined;
}

function whyTooMany(all: Refused, pattern: string): string | undefined {
  const beginning = pattern.endsWith('*') ? pattern.slice(0, -1) : '';
  const refused = beginning === '' ? undefined : Object.keys(all).find((name) => name.startsWith(beginning));
  return refused === undefined ? undefined : `${refused} is one of them; name those that are meant`;
}

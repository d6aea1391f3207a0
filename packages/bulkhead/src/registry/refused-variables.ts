import type { FieldPath, Finding } from './finding.ts';
import { isMapping } from './plain-value.ts';

/** Environment variables that an instance can't be given as its registry entry says, and why. */
const REFUSED: Readonly<Record<string, string>> = {
  BULKHEAD_BUILD: 'Bulkhead finds the processes of a build by it',
  BULKHEAD_INSTANCE: 'Bulkhead finds the processes of an instance by it',
  PYTHONEXECUTABLE: 'Bulkhead chooses the interpreter; see python_version',
  PYTHONHOME: 'it would give the interpreter the standard library of another one; see python_version',
  PYTHONINSPECT: 'an instance has no terminal to go on in',
  PYTHONPLATLIBDIR: 'the interpreter would not find its standard library',
  __PYVENV_LAUNCHER__: 'Bulkhead chooses the interpreter; see python_version',
};

/** What Python takes for UTF-8, with or without a way to handle errors. */
const UTF_8 = /^(utf[-_]?8)?(:.*)?$/i;

/** Mistakes in a plugin's `env` and `env_from_host`: silence would let people believe that these have an effect. */
export function refusedVariables(env: unknown, fromHost: unknown, path: FieldPath): Finding[] {
  const own = isMapping(env) ? Object.entries(env) : [];
  const named = Array.isArray(fromHost) ? [...fromHost.entries()] : [];
  return [
    ...own.flatMap(([name, value]) => finding([...path, 'env', name], 'key', name, whyRefused(name, value))),
    ...named.flatMap(([index, name]) =>
      typeof name === 'string'
        ? finding([...path, 'env_from_host', index], 'value', name, whyRefused(name) ?? whyTooMany(name))
        : [],
    ),
  ];
}

function finding(path: FieldPath, at: Finding['at'], name: string, reason: string | undefined): Finding[] {
  return reason === undefined ? [] : [{ path, at, message: `${name} can't be set for a plugin: ${reason}` }];
}

function whyRefused(name: string, value?: unknown): string | undefined {
  const isOtherEncoding = typeof value === 'string' && !UTF_8.test(value) && !value.includes('${env:');
  if (name === 'PYTHONIOENCODING' && isOtherEncoding) return 'the host reads what it writes as UTF-8';
  return Object.hasOwn(REFUSED, name) ? REFUSED[name] : undefined;
}

function whyTooMany(pattern: string): string | undefined {
  const beginning = pattern.endsWith('*') ? pattern.slice(0, -1) : '';
  const refused = beginning === '' ? undefined : Object.keys(REFUSED).find((name) => name.startsWith(beginning));
  return refused === undefined ? undefined : `${refused} is one of them; name those that are meant`;
}

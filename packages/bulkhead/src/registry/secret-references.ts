import type { Secret } from '../lifecycle/hide-secrets.ts';
import { namedVariables } from '../lifecycle/process-variables.ts';
import { isCurveKey } from '../lifecycle/z85.ts';
import { type FieldPath, type Finding, nameOf, shorten } from './finding.ts';
import { isMapping } from './plain-value.ts';
import type { RegistryEntry } from './registry-schema.ts';

/** `${env:NAME}`, `${env:NAME:-default}`, and `$${env:…}`, which stands for itself; the last group is empty when `}` is missing. */
const REFERENCE = /\$?\$\{env:([^}]*)(\}?)/g;
const BODY = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/** In an address such as `http://user:password@proxy:3128`. */
const PASSWORD = /^[a-z0-9+.-]+:\/\/[^/@:]*:([^/]+)@/i;

export type Variables = Readonly<Record<string, string | undefined>>;

export interface Resolved<Value> {
  readonly value: Value;
  /** References to variables that are not set. They name the variable, never a value. */
  readonly missing: readonly Finding[];
  /** The variables that were put in. */
  readonly secrets: readonly Secret[];
}

/** Replaces the references in all text of `value`, at any depth; keys of mappings stay as they are. */
function resolveReferences<Value>(value: Value, path: FieldPath, variables: Variables): Resolved<Value> {
  const missing: Finding[] = [];
  const secrets = new Map<string, string>();
  const resolved = mapText(value, path, (text, where) =>
    text.replaceAll(REFERENCE, (whole: string, body: string) => {
      if (whole.startsWith('$$')) return whole.slice(1);
      const [, name = '', fallback] = BODY.exec(body) ?? [];
      const found = variables[name];
      if (found !== undefined && (found !== '' || fallback === undefined)) {
        secrets.set(name, found);
        return found;
      }
      if (fallback === undefined)
        missing.push({
          path: where,
          at: 'value',
          message: `${nameOf(where)}: the environment variable ${name} is not set, and \${env:${name}} has no default (\${env:${name}:-default})`,
        });
      return fallback ?? '';
    }),
  );
  return {
    value: resolved as Value,
    missing,
    secrets: [...secrets].map(([variable, secret]) => ({ variable, value: secret })),
  };
}

/** The same of a plugin's entry, in the fields that may have references. Secrets are also the variables that it names, and `passwords`. */
export function resolveEntry<
  Entry extends Pick<RegistryEntry, 'config' | 'env' | 'env_from_host' | 'permissions' | 'curve'>,
>(entry: Entry, path: FieldPath, variables: Variables, passwords: readonly Secret[]): Resolved<Entry> {
  const { config = {}, env = {}, env_from_host: fromHost = [], permissions, curve } = entry;
  const { value, missing, secrets } = resolveReferences({ config, env }, path, variables);
  const keys = resolveKeys(curve, [...path, 'curve'], variables);
  const permitted = typeof permissions === 'object' ? (permissions.env ?? []) : [];
  const named = Object.entries(namedVariables(variables, [...fromHost, ...permitted]));
  return {
    value: { ...entry, ...value, ...(curve === undefined ? {} : { curve: keys.value }) },
    missing: [...missing, ...keys.missing],
    secrets: [...secrets, ...keys.secrets, ...named.map(([variable, value]) => ({ variable, value })), ...passwords],
  };
}

/** A variable that holds no key is a mistake as one that is not set. */
function resolveKeys(curve: RegistryEntry['curve'], path: FieldPath, variables: Variables): Resolved<typeof curve> {
  const reference = typeof curve === 'object' ? curve.client_secret_key : undefined;
  if (typeof curve !== 'object' || reference === undefined) return { value: curve, missing: [], secrets: [] };
  const where = [...path, 'client_secret_key'];
  const { value: key, missing, secrets } = resolveReferences(reference, where, variables);
  const message = `${nameOf(where)}: what ${reference} holds is no secret key of CURVE, which is 40 characters of Z85`;
  return {
    value: { ...curve, client_secret_key: key },
    missing: missing.length > 0 || isCurveKey(key) ? missing : [{ path: where, at: 'value', message }],
    secrets,
  };
}

/** Passwords of proxies, which every plugin gets without a reference. */
export function passwordsIn(variables: Variables): readonly Secret[] {
  return Object.entries(variables).flatMap(([variable, value]) => {
    const [, password] = /_proxy$/i.test(variable) ? (PASSWORD.exec(value ?? '') ?? []) : [];
    return password === undefined ? [] : [{ variable, value: password }];
  });
}

/** References that can never be resolved, whatever the environment holds. */
export function malformedReferences(value: unknown, path: FieldPath): Finding[] {
  const findings: Finding[] = [];
  mapText(value, path, (text, where) => {
    for (const [whole, body = '', closed] of text.matchAll(REFERENCE)) {
      if (whole.startsWith('$$') || (closed === '}' && BODY.test(body))) continue;
      findings.push({
        path: where,
        at: 'value',
        message: `${nameOf(where)}: expected \${env:NAME} or \${env:NAME:-default}, found "${closed === '}' ? shorten(whole) : '${env: without }'}"`,
      });
    }
    return text;
  });
  return findings;
}

/** References where they are not replaced, and so would be taken literally. */
export function misplacedReferences(value: unknown, path: FieldPath): Finding[] {
  const findings: Finding[] = [];
  mapText(value, path, (text, where) => {
    if (text.includes('${env:'))
      findings.push({
        path: where,
        at: 'value',
        message: `${nameOf(where)}: \${env:…} is replaced only in config, env and curve.client_secret_key`,
      });
    return text;
  });
  return findings;
}

function mapText(value: unknown, path: FieldPath, change: (text: string, path: FieldPath) => string): unknown {
  if (typeof value === 'string') return change(value, path);
  if (Array.isArray(value)) return value.map((item: unknown, index) => mapText(item, [...path, index], change));
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapText(item, [...path, key], change)]));
}

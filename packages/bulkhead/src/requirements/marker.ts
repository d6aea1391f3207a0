import { versionsThat } from './specifier.ts';
import { parseVersion } from './version.ts';
import type { VersionSet } from './version-set.ts';
import { withoutSpace } from './without-space.ts';

/** The variables of PEP 508 with their values on one machine and Python. */
export type MarkerEnvironment = Readonly<Record<string, string>>;

/** An environment marker (PEP 508), such as `python_version < "3.12"`. */
export type Marker = { readonly kind: 'or' | 'and'; readonly parts: readonly Marker[] } | Comparison;

export interface Comparison {
  readonly kind: 'comparison';
  readonly variable: string;
  readonly operator: string;
  readonly value: string;
  /** `"linux" in sys_platform`, not `sys_platform in "linux"`. */
  readonly valueFirst: boolean;
  /** The versions that a value behind the operator allows. Read once, since a marker is evaluated in many environments. */
  readonly allowed: VersionSet | undefined;
}

/** How the two sides of a comparison are read, by the type that the specification gives the variable. */
type Reading = 'text' | 'version' | 'version or text' | 'extra';

const READINGS: Readonly<Record<string, Reading>> = {
  python_version: 'version',
  python_full_version: 'version',
  implementation_version: 'version',
  platform_release: 'version or text',
  platform_version: 'version or text',
  os_name: 'text',
  sys_platform: 'text',
  platform_system: 'text',
  platform_machine: 'text',
  platform_python_implementation: 'text',
  implementation_name: 'text',
  extra: 'extra',
};

/** The variables that a requirement may ask for. */
export const MARKER_VARIABLES: ReadonlySet<string> = new Set(Object.keys(READINGS));

export function comparison(parts: Omit<Comparison, 'kind' | 'allowed'>): Comparison {
  const { variable, operator, value, valueFirst } = parts;
  const isOfVersions = READINGS[variable]?.startsWith('version') === true && !valueFirst;
  return {
    kind: 'comparison',
    ...parts,
    allowed: isOfVersions ? versionsThat(operator, withoutSpace(value)) : undefined,
  };
}

/** @returns undefined when the specification does not decide it: an operator that needs versions compares other text */
export function evaluateMarker(marker: Marker, environment: MarkerEnvironment): boolean | undefined {
  if (marker.kind === 'comparison') return evaluateComparison(marker, environment);
  const decisive = marker.kind === 'or';
  const values = marker.parts.map((part) => evaluateMarker(part, environment));
  return values.includes(decisive) ? decisive : values.includes(undefined) ? undefined : !decisive;
}

/** Lists the values that `marker` compares `variable` with. */
export function valuesOf(marker: Marker, variable: string): string[] {
  if (marker.kind !== 'comparison') return marker.parts.flatMap((part) => valuesOf(part, variable));
  return marker.variable === variable ? [marker.value] : [];
}

function evaluateComparison(asked: Comparison, environment: MarkerEnvironment): boolean | undefined {
  const { variable, operator, value, valueFirst } = asked;
  const actual = environment[variable] ?? '';
  const [left, right] = valueFirst ? [value, actual] : [actual, value];
  const reading = READINGS[variable] ?? 'text';
  if (reading === 'text') return compareTexts(left, operator, right);
  if (reading === 'extra') return operator === '==' || operator === '!=' ? compareTexts(left, operator, right) : false;
  if (operator === '===') return left.toLowerCase() === withoutSpace(right).toLowerCase();
  const allowed = valueFirst ? versionsThat(operator, withoutSpace(right)) : asked.allowed;
  const version = parseVersion(left);
  if (allowed !== undefined && version !== undefined) return allowed.contains(version);
  // the specification lets tools choose here: as in Python's packaging, text that is no version is in no set of versions
  return allowed !== undefined && reading === 'version' ? false : compareTexts(left, operator, right);
}

/** Compares as the specification asks installers to: text has no order. Undefined where it lets them refuse. */
function compareTexts(left: string, operator: string, right: string): boolean | undefined {
  switch (operator) {
    case '==':
    case '<=':
    case '>=':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
    case '>':
      return false;
    case 'in':
      return right.includes(left);
    case 'not in':
      return !right.includes(left);
    default:
      return undefined;
  }
}

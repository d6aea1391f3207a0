import { isPreRelease, parseVersion } from '../requirements/version.ts';
import type { Requirement } from '../requirements/requirement.ts';
import type { ReadList } from './requirement-list.ts';
import type { ResolvedPackage } from './resolver.ts';

/**
 * Whether packages that others resolve to hold all that a list asks for: then the list can share with them, and nobody need be
 * asked. Says no wherever an installer might need more, as for extras, addresses and pre-releases.
 */
export function servesAlso(packages: readonly ResolvedPackage[], { requirements, issues }: ReadList): boolean {
  const versions = new Map(packages.map(({ name, version }) => [name, version]));
  return (
    !issues.some(({ kind }) => kind !== 'unread') && requirements.every((each) => isMet(each, versions.get(each.name)))
  );
}

/** Markers don't count: what is asked for somewhere has to be there. */
function isMet({ extras, url, versions }: Requirement, version: string | undefined): boolean {
  const parsed = version === undefined ? undefined : parseVersion(version);
  if (parsed === undefined || extras.length > 0 || url !== undefined || versions === undefined) return false;
  return !isPreRelease(parsed) && versions.contains(parsed, version);
}

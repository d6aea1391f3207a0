import { SpecifierComparison } from '../../src/conflicts/specifier-comparison.ts';
import { readList, type RequirementList } from '../../src/conflicts/requirement-list.ts';
import type { Platform } from '../../src/conflicts/python-grid.ts';

export const LINUX: Platform = {
  os_name: 'posix',
  sys_platform: 'linux',
  platform_system: 'Linux',
  platform_machine: 'x86_64',
  platform_release: '6.1.0',
  platform_version: '#1 SMP',
};

/** Lists named p0, p1, … of these requirements. */
export function comparisonOf(...lists: readonly (readonly string[] | RequirementList)[]): SpecifierComparison {
  return new SpecifierComparison(
    lists.map((list, index) => readList('id' in list ? list : { id: `p${index}`, dependencies: list })),
    LINUX,
  );
}

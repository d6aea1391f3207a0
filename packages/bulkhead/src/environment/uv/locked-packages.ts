import { parse } from 'smol-toml';
import type { ResolvedPackage } from '../../conflicts/resolver.ts';
import { normaliseName } from '../../requirements/package-name.ts';
import type { PythonAnswer } from '../python/ask-python.ts';
import { releaseDate, tablesIn } from './release-dates.ts';
import { isTable, textAt, type TomlTable } from '../requirements/toml-table.ts';

/** The packages in a uv.lock that come from elsewhere than the project itself, for one Python. */
export function lockedPackages(lock: string, python: Pick<PythonAnswer, 'version'>): ResolvedPackage[] {
  return tablesIn(parse(lock)['package'])
    .filter(({ source }) => !(isTable(source) && 'virtual' in source))
    .map((entry) => {
      const wheel = wheelFor(tablesIn(entry['wheels']), python);
      const sdist = isTable(entry['sdist']) ? entry['sdist'] : undefined;
      const size = (wheel ?? sdist)?.['size'];
      return {
        name: normaliseName(textAt(entry, 'name') ?? ''),
        version: textAt(entry, 'version') ?? '',
        released: releaseDate(entry),
        size: typeof size === 'number' ? size : undefined,
        isCompiled: wheel !== undefined && !fileOf(wheel).endsWith('-any.whl'),
        needs: tablesIn(entry['dependencies'])
          .flatMap((need) => textAt(need, 'name') ?? [])
          .map(normaliseName),
      };
    });
}

/** uv leaves wheels out that are for other systems; of the rest, one for this Python, for glibc where there are both. */
function wheelFor(wheels: readonly TomlTable[], { version }: Pick<PythonAnswer, 'version'>): TomlTable | undefined {
  const series = version.split('.').slice(0, 2).join('');
  const fitting = (tag: RegExp): TomlTable | undefined =>
    wheels.filter((wheel) => tag.test(fileOf(wheel))).toSorted((one, other) => musl(one) - musl(other))[0];
  return fitting(new RegExp(`-cp${series}-(?:cp${series}|none)-`)) ?? fitting(/-abi3-/) ?? fitting(/-none-/);
}

function musl(wheel: TomlTable): number {
  return fileOf(wheel).includes('musllinux') ? 1 : 0;
}

function fileOf(wheel: TomlTable): string {
  return textAt(wheel, 'url') ?? textAt(wheel, 'path') ?? textAt(wheel, 'filename') ?? '';
}

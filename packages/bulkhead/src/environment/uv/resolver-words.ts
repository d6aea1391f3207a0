import type { Need, Resolution } from '../../conflicts/resolver.ts';
import { normaliseName } from '../../requirements/package-name.ts';

type Unsolvable = Extract<Resolution, { outcome: 'unsolvable' }>;

/** The packages that uv, told to build nothing, could use no version of, such as `docopt==0.6.2`; undefined: it failed of something else. */
export function unbuiltIn(output: string): string[] | undefined {
  const text = output.replace(/\s+/g, ' ');
  const [, address] = /Failed to (?:download and )?build:? `([^`]+)`.* Building source distributions /.exec(text) ?? [];
  if (address !== undefined) return [address.replace(/ @ .*/, '')];
  if (!/ no usable wheels|[Bb]uilding (?:from source|source distributions)[^.]* is disabled/.test(text))
    return undefined;
  // "all of: a<1 a>2 have", "all versions of a have", "a==1 has"
  const lists = [...text.matchAll(/(?: of: ((?:[\w.-]+[<>=!~]\S* )+)|(\S+) )(?:has|have) no usable wheels/g)];
  const stated = lists.flatMap(([, many, one]) => many?.trim().split(' ') ?? one ?? []);
  const hinted = [...text.matchAll(/Wheels are required for `([^`]+)`/g)].map(([, name = '']) => name);
  const nameOf = (what: string): string => /^[\w.-]*\w/.exec(what)?.[0] ?? '';
  const names = [...new Set([...stated.map(nameOf), ...hinted])].filter((name) => name !== '');
  return names.map((name) => {
    const versions = [...new Set(stated.filter((what) => nameOf(what) === name))];
    return versions.length === 1 ? (versions[0] ?? name) : name;
  });
}

/** uv's words, without what is about the projects that stand for the plugins; and who needs what, where a line says so. */
export function explained(
  output: string,
  names: ReadonlyMap<string, string>,
): Pick<Unsolvable, 'words' | 'needs' | 'missing'> {
  const lines = output
    .split('\n')
    .slice(output.split('\n').findIndex((line) => line.includes('No solution found')) + 1)
    .map((line) => line.replace(/^\s*(?:cause:|Caused by:|[╰├│─▶`>|-]+)?\s*/, ''))
    // the last one says no more than that the project which stands for all is unsatisfiable
    .filter(
      (line) =>
        line !== '' &&
        !/^(?:hint|help)\b|^And because (?:only \S+ is available and )?your project depends on /.test(line),
    );
  const text = joinLists(lines).join('\n');
  return { words: withPluginIds(text, names), needs: needsIn(text, names), missing: missingIn(text) };
}

/** `depends on one of:` and the lines after it become one line. */
function joinLists(lines: readonly string[]): string[] {
  const joined: string[] = [];
  for (const line of lines) {
    const before = joined.at(-1);
    const isItem = /^[\w.-]+(?:\[[^\]]*\])?[<>=!~][^ ]*$/.test(line);
    if (before !== undefined && (/ (?:one|any|all) of:$/.test(before) || (isItem && / of: /.test(before))))
      joined[joined.length - 1] = `${before}${before.endsWith(':') ? '' : ' |'} ${line}`;
    else if (before !== undefined && / of: /.test(before) && /^(?:and|depends? on|we can conclude) /.test(line))
      joined[joined.length - 1] = `${before} ${line}`;
    else joined.push(line);
  }
  return joined;
}

/** What follows "we can conclude" is put together of what stands before it, and often about more versions. */
function needsIn(text: string, names: ReadonlyMap<string, string>): Need[] {
  return text.split('\n').flatMap((line) => {
    const [premises = '', conclusion = ''] = line.split(/,? we can conclude that /);
    return [
      ...needsOf(premises, names),
      ...needsOf(conclusion.replace(/\.(?: \(\d+\))?$/, ''), names)
        .filter(({ isPlugin }) => !isPlugin)
        .map((need) => ({ ...need, isConcluded: true })),
    ];
  });
}

function needsOf(clauses: string, names: ReadonlyMap<string, string>): Need[] {
  const nameOf = (text: string): string => /^[\w.-]*\w/.exec(text)?.[0] ?? '';
  const specifierOf = (text: string): string => text.slice(nameOf(text).length).replace(/^\[[^\]]*\]/, '');
  const stated = clauses.matchAll(/(\S+(?: \| \S+)*) depends? on (?:(?:one|any) of: )?(.+?)(?=,? and |$)/g);
  return [...stated].flatMap(([, who = '', what = '']) => {
    const [whose, wanted] = [who.split(' | '), what.split(' | ')];
    const plugin = names.get(nameOf(who));
    const name = nameOf(what);
    if (name === '' || names.has(name)) return [];
    return {
      who: plugin ?? nameOf(who),
      isPlugin: plugin !== undefined,
      of: whose.map(specifierOf),
      name,
      what: alternatives(wanted),
      wants: wanted.map(specifierOf),
      isConcluded: false,
    };
  });
}

/** Ranges with many gaps are many alternatives: the first and the last say enough. */
function alternatives(all: readonly string[]): string {
  return all.length <= 2 ? all.join(' or ') : `${all[0]} … ${all.at(-1)}`;
}

function missingIn(text: string): Unsolvable['missing'] {
  const nameOf = (what: string): string => normaliseName(/^[\w.-]*\w/.exec(what)?.[0] ?? '');
  const [, none] = /there (?:is no version|are no versions) of (\S+)(?= and|,)/.exec(text) ?? [];
  if (none !== undefined) return { name: nameOf(none), said: 'of which there is no version' };
  const [, unknown] = /Because (\S+) was not found/.exec(text) ?? [];
  if (unknown !== undefined) return { name: nameOf(unknown), said: 'which the package index does not have' };
  const [, only] = /only (\S+) is available/.exec(text.replace(/only bulkhead-plugin-\S+ is available/g, '')) ?? [];
  return only === undefined ? undefined : { name: nameOf(only), said: `and there is only ${only}` };
}

function withPluginIds(text: string, names: ReadonlyMap<string, string>): string {
  let words = text;
  // the longest first: one name may be the beginning of another
  for (const [name, id] of [...names].toSorted(([one], [other]) => other.length - one.length)) {
    const plain = name.replaceAll('.', '\\.');
    words = words
      .replace(new RegExp(`only ${plain}==0 is available and `, 'g'), '')
      .replace(new RegExp(` and only ${plain}==0 is available(?=,)`, 'g'), '')
      .replace(new RegExp(`(?:all versions of )?${plain}(?:==0)?(?![\\w-])`, 'g'), id);
  }
  return words.replaceAll('your project', 'one environment');
}

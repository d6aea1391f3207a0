import type { Random } from './random.ts';

const RELEASES = [
  '0',
  '0.0',
  '1',
  '1.0',
  '1.0.0',
  '1.1',
  '1.2',
  '1.10',
  '1.0.1',
  '2',
  '2.0.1',
  '01',
  '20231231235959123',
];
const PRES = ['a0', 'a1', 'b1', 'rc1', 'rc2', '.RC1', '-alpha_2', 'c1', '.pre', 'beta', '_preview-1'];
const POSTS = ['.post0', '.post1', '.post2', '-1', '.rev1', 'r', 'post1', '-0', '_r.2'];
const DEVS = ['.dev0', '.dev1', 'dev', '-DEV2', '.dev9007199254740993'];
const LOCALS = [
  '+abc',
  '+1',
  '+1.abc',
  '+ubuntu-1',
  '+1e5',
  '+Abc.01',
  '+0a',
  '+1.0',
  '+9007199254740993',
  '+9007199254740992',
];
const OPERATORS = ['==', '!=', '<=', '>=', '<', '>', '~=', '==='];
/** What a slip of the finger puts into a text: what has a meaning at some place, and what has none. */
const SLIPS = [
  ...'.,;:!*+-_=<>~()[]"\'@ \t019aAvrpd/\\'.split(''),
  '\n',
  '\r',
  '\f',
  '\v',
  '\u001c',
  '\u0085',
  '\u00a0',
  '\ufeff',
  'é',
  'ſ',
  '٣',
  '.*',
  ' in ',
  ' or ',
  'not',
  'extra',
  'post',
  'dev',
];

/** `text` with a few characters taken away, put in, or doubled. */
export function slipped(random: Random, text: string): string {
  let slipped = text;
  for (let left = 1 + random.below(3); left > 0; left -= 1) {
    const at = random.below(slipped.length + 1);
    const until = at + random.below(3);
    slipped = random.of([
      () => slipped.slice(0, at) + random.of(SLIPS) + slipped.slice(at),
      () => slipped.slice(0, at) + slipped.slice(until),
      () => slipped.slice(0, until) + slipped.slice(at),
      () => slipped.slice(0, at) + random.of(SLIPS) + slipped.slice(until),
    ])();
  }
  return slipped;
}

/** Mostly near each other, so that ranges meet at their edges. */
export function randomVersion(random: Random, withLocal: boolean): string {
  return [
    random.chance(0.05) ? random.of(['v', 'V']) : '',
    random.chance(0.08) ? random.of(['1!', '0!']) : '',
    random.of(RELEASES),
    random.chance(0.3) ? random.of(PRES) : '',
    random.chance(0.25) ? random.of(POSTS) : '',
    random.chance(0.25) ? random.of(DEVS) : '',
    withLocal && random.chance(0.25) ? random.of(LOCALS) : '',
  ].join('');
}

function randomSpecifier(random: Random): string {
  const operator = random.of(OPERATORS);
  const space = random.chance(0.1) ? random.of([' ', '\t', '  ']) : '';
  if (random.chance(0.02))
    return `${operator}${space}${random.of(['1.*', '1.0a1.*', '1+x', 'x', '', '1..0', '1.0.*.*', '1.0.post1.*', '1.*.1', '*'])}`;
  if ((operator === '==' || operator === '!=') && random.chance(0.35))
    return `${operator}${space}${random.chance(0.1) ? '1!' : ''}${random.of(RELEASES)}.*`;
  return `${operator}${space}${randomVersion(random, /^[=!]/.test(operator))}`;
}

export function randomSpecifiers(random: Random): string {
  return random
    .list(random.chance(0.03) ? 0 : 1, 3, () => randomSpecifier(random))
    .join(random.chance(0.9) ? ',' : ' , ');
}

const NAMES = ['a', 'A', 'a-b', 'A__b', 'x.Y-z', '0', 'py3', 'a1.-_b'];

export function randomName(random: Random): string {
  return random.list(1, 3, () => random.of(NAMES)).join(random.of(['', '-', '.', '_', '-.']));
}

export function randomRequirement(random: Random): string {
  const space = (): string => (random.chance(0.2) ? random.of([' ', '\t', '  ']) : '');
  const extras = random.list(0, 3, () => `${space()}${randomName(random)}${space()}`).join(',');
  const head = `${space()}${randomName(random)}${space()}${random.chance(0.25) ? `[${extras}]${space()}` : ''}`;
  const marker = random.chance(0.35) ? `;${space()}${randomMarker(random)}` : '';
  if (random.chance(0.1)) {
    const url = random.of(['https://host/a.whl', 'git+https://host/r@main#egg=a', './a;b', 'file:///x,(y)', 'x']);
    return `${head}@${space()}${url}${marker === '' ? space() : ` ${marker}`}`;
  }
  const specifiers = `${randomSpecifiers(random)}${random.chance(0.1) ? random.of([',', ' , ', ',,']) : ''}`;
  const versions = random.chance(0.3) ? '' : random.chance(0.2) ? `(${space()}${specifiers}${space()})` : specifiers;
  return `${head}${versions}${space()}${marker}${space()}`;
}

const VARIABLES: readonly (readonly [string, readonly string[]])[] = [
  ['python_version', ['3.9', '3.10', '3.11', '3.9.1', '3', '3.10.*', '2.7, 3.9', '3.12.0a1', ' 3.11', '']],
  ['python_full_version', ['3.9.18', '3.11', '3.11.0', '3.11.0rc1', '3.12.*', '3.11.7', '3.11.7+x']],
  ['implementation_version', ['3.11.7', '3.9', '7.3.12']],
  ['os_name', ['posix', 'nt', 'os']],
  ['os.name', ['posix', 'nt']],
  ['sys_platform', ['linux', 'win32', 'darwin', 'linux2']],
  ['sys.platform', ['linux', 'win32']],
  ['platform_machine', ['x86_64', 'arm64', 'aarch64']],
  ['platform.machine', ['x86_64', 'x86']],
  ['platform_system', ['Linux', 'Windows', 'Darwin']],
  ['platform_release', ['6.1', '5.10.0-28-amd64', '6.1.0', '6.*', 'NT']],
  ['platform_version', ['#1 SMP', '10.0.19045', '10']],
  ['platform.version', ['#1 SMP', '10.0.19045']],
  ['platform_python_implementation', ['CPython', 'PyPy']],
  ['platform.python_implementation', ['CPython', 'PyPy']],
  ['python_implementation', ['CPython', 'PyPy']],
  ['implementation_name', ['cpython', 'pypy']],
  ['extra', ['test', 'Test', 'x_y', 'x-Y', '']],
];
const COMPARISONS = ['==', '!=', '<', '<=', '>', '>=', '==', '>=', '<', 'in', 'not in', '~=', '==='];

export function randomMarker(random: Random, depth = 0): string {
  const parts = random.list(1, depth === 0 ? 3 : 2, () =>
    depth < 3 && random.chance(0.25) ? `(${randomMarker(random, depth + 1)})` : randomComparison(random),
  );
  return parts.reduce((text, part) => `${text} ${random.of(['and', 'or'])} ${part}`);
}

function randomComparison(random: Random): string {
  const [variable, values] = random.of(VARIABLES);
  const quote = random.of(['"', "'"]);
  const sides = [variable, `${quote}${random.of(values)}${quote}`];
  if (random.chance(0.15)) sides.reverse();
  const operator = random.of(COMPARISONS);
  const space = /[a-z]/.test(operator) || random.chance(0.8) ? ' ' : '';
  return `${sides[0]}${space}${operator}${space}${sides[1]}`;
}

export function randomEnvironment(random: Random): Record<string, string> {
  return {
    ...random.of([
      { os_name: 'posix', sys_platform: 'linux', platform_system: 'Linux', platform_machine: 'x86_64' },
      { os_name: 'posix', sys_platform: 'darwin', platform_system: 'Darwin', platform_machine: 'arm64' },
      { os_name: 'nt', sys_platform: 'win32', platform_system: 'Windows', platform_machine: 'AMD64' },
    ]),
    ...random.of([
      { python_version: '3.9', python_full_version: '3.9.18' },
      { python_version: '3.10', python_full_version: '3.10.13' },
      { python_version: '3.11', python_full_version: '3.11.0rc1' },
      { python_version: '3.11', python_full_version: '3.11.7' },
      { python_version: '3.12', python_full_version: '3.12.0' },
    ]),
    ...random.of([
      { implementation_name: 'cpython', platform_python_implementation: 'CPython', implementation_version: '3.11.7' },
      { implementation_name: 'pypy', platform_python_implementation: 'PyPy', implementation_version: '7.3.12' },
    ]),
    platform_release: random.of(['6.1', '6.1.0', '5.10.0-28-amd64']),
    platform_version: random.of(['#1 SMP', '10.0.19045']),
    extra: random.of(['', 'test', 'x-y']),
  };
}

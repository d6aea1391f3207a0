import type { Random } from './random.ts';

const RELEASES = ['0', '0.0', '1', '1.0', '1.0.0', '1.1', '1.2', '1.10', '1.0.1', '2', '2.0.1'];
const PRES = ['a0', 'a1', 'b1', 'rc1', 'rc2', '.RC1', '-alpha_2', 'c1', '.pre', 'beta'];
const POSTS = ['.post0', '.post1', '.post2', '-1', '.rev1', 'r', 'post1'];
const DEVS = ['.dev0', '.dev1', 'dev', '-DEV2'];
const LOCALS = ['+abc', '+1', '+1.abc', '+ubuntu-1', '+1e5', '+Abc.01'];
const OPERATORS = ['==', '!=', '<=', '>=', '<', '>', '~=', '==='];

/** Mostly near each other, so that ranges meet at their edges. */
export function randomVersion(random: Random, withLocal: boolean): string {
  return [
    random.chance(0.05) ? 'v' : '',
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
  const space = random.chance(0.1) ? ' ' : '';
  if (random.chance(0.02))
    return `${operator}${space}${random.of(['1.*', '1.0a1.*', '1+x', 'x', '', '1..0', '1.0.*.*'])}`;
  if ((operator === '==' || operator === '!=') && random.chance(0.35))
    return `${operator}${space}${random.chance(0.1) ? '1!' : ''}${random.of(RELEASES)}.*`;
  return `${operator}${space}${randomVersion(random, /^[=!]/.test(operator))}`;
}

export function randomSpecifiers(random: Random): string {
  return random
    .list(random.chance(0.03) ? 0 : 1, 3, () => randomSpecifier(random))
    .join(random.chance(0.9) ? ',' : ' , ');
}

const VARIABLES: readonly (readonly [string, readonly string[]])[] = [
  ['python_version', ['3.9', '3.10', '3.11', '3.9.1', '3', '3.10.*', '2.7, 3.9', '3.12.0a1']],
  ['python_full_version', ['3.9.18', '3.11', '3.11.0', '3.11.0rc1', '3.12.*', '3.11.7']],
  ['implementation_version', ['3.11.7', '3.9', '7.3.12']],
  ['os_name', ['posix', 'nt', 'os']],
  ['os.name', ['posix', 'nt']],
  ['sys_platform', ['linux', 'win32', 'darwin', 'linux2']],
  ['platform_machine', ['x86_64', 'arm64', 'aarch64']],
  ['platform.machine', ['x86_64', 'x86']],
  ['platform_system', ['Linux', 'Windows', 'Darwin']],
  ['platform_release', ['6.1', '5.10.0-28-amd64', '6.1.0']],
  ['platform_version', ['#1 SMP', '10.0.19045']],
  ['platform_python_implementation', ['CPython', 'PyPy']],
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

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { samplesOf } from './markdown.ts';
import { REPOSITORY, textOf } from './repository.ts';

const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Readonly<Record<string, string>> };
const COMMANDS = samplesOf(textOf('CONTRIBUTING.md'))
  .filter(({ language }) => language === 'sh')
  .flatMap(({ text }) => text.trim().split('\n'))
  .map((line) => line.replace(/ +#.*$/, ''));

it('CONTRIBUTING.md shows commands that there are', () => {
  const named = COMMANDS.flatMap((command) => /^npm (?:run )?([\w:-]+)/.exec(command)?.[1] ?? []);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
  const files = COMMANDS.flatMap((command) => command.split(' ').filter((word) => word.includes('/')));
  const sources = files.map((file) => file.replace(/\/dist\/(.*)\.js$/, '/$1.ts'));
  expect(sources.filter((file) => !existsSync(join(REPOSITORY, file)))).toEqual([]);
});

it('CONTRIBUTING.md shows every script of package.json', () => {
  const shown = COMMANDS.join('\n');
  expect(Object.keys(scripts).filter((name) => !new RegExp(`npm (run )?${name}( |$)`, 'm').test(shown))).toEqual([]);
});

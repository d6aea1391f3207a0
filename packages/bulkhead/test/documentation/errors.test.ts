import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BulkheadError, exitCodeOf } from '../../src/errors/bulkhead-error.ts';
import { catalogue, catalogueHeadings } from '../../src/errors/catalogue.ts';
import { REPOSITORY, textOf } from './repository.ts';

it('docs/errors.md is what `npm run docs` writes', async () => {
  const { errorsPage } = (await script('errors-page.js')) as { errorsPage(...from: unknown[]): string };
  expect(textOf('docs/errors.md')).toBe(errorsPage({ catalogue, catalogueHeadings }, { BulkheadError, exitCodeOf }));
});

it('each code stands under one heading', () => {
  const codes = catalogueHeadings.flatMap((heading) => heading.codes);
  expect(codes.toSorted()).toEqual(Object.keys(catalogue).toSorted());
});

it.each(Object.keys(catalogue))('%s is thrown somewhere, and met in a test', (code) => {
  expect(SOURCES.some((text) => new RegExp(`BulkheadError\\(\\s*'${code}'`).test(text))).toBe(true);
  expect(TESTS.some((text) => new RegExp(`['"\`.{ ]${code}\\b`).test(text))).toBe(true);
});

const SOURCES = textsIn('src');
const TESTS = textsIn('test');

function textsIn(folder: string): readonly string[] {
  const path = join(REPOSITORY, 'packages', 'bulkhead', folder);
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(path, file), 'utf8'));
}

async function script(name: string): Promise<unknown> {
  return await import(new URL(`../../../../scripts/${name}`, import.meta.url).href);
}

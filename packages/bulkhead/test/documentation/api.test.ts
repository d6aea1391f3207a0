import { expect, it } from 'vitest';
import { catalogue } from '../../src/errors/catalogue.ts';
import { textOf } from './repository.ts';

it('docs/api.md is what `npm run docs` writes', async () => {
  const { typescriptPage } = (await script('typescript-page.js')) as {
    typescriptPage(from: unknown): string;
  };
  expect(textOf('docs/api.md')).toBe(typescriptPage({ catalogue }));
});

it('docs/plugin-api.md is what `npm run docs` writes', async () => {
  const { pluginPage } = (await script('typescript-page.js')) as { pluginPage(from: unknown): string };
  expect(textOf('docs/plugin-api.md')).toBe(pluginPage({ catalogue }));
});

it('docs/python-api.md is what `npm run docs` writes', async () => {
  const { pythonPage } = (await script('python-page.js')) as { pythonPage(): string };
  expect(textOf('docs/python-api.md')).toBe(pythonPage());
});

async function script(name: string): Promise<unknown> {
  return await import(new URL(`../../../../scripts/reference/${name}`, import.meta.url).href);
}

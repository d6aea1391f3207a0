import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { samplesOf } from './markdown.ts';
import { PageProject } from './page-project.ts';
import { markdownFiles, textOf } from './repository.ts';
import { SampleRunner } from './sample-runner.ts';

/** Pages that readers follow. Those that `npm run docs` writes as a whole show signatures, and samples that are made up. */
const GENERATED = new Set(['api.md', 'errors.md', 'python-api.md']);
const PAGES = markdownFiles().filter(
  (path) =>
    /^(packages\/(bulkhead|plugin-sdk-python)\/)?README\.md$/.test(path) ||
    (/^docs\/(recipes\/)?[^/]+\.md$/.test(path) && !GENERATED.has(basename(path))),
);
const PROSE = new Set(['', 'text']);
const PROGRAMS = PAGES.map((page) => ({
  page,
  samples: samplesOf(textOf(page)).filter(({ language, adjacent }) => adjacent || !PROSE.has(language)),
}));

describe.each(PROGRAMS.filter(({ samples }) => samples.length > 0))('$page', ({ samples }) => {
  let project: PageProject;
  let runner: SampleRunner;
  beforeAll(async () => {
    project = await PageProject.make();
    runner = new SampleRunner(project);
  });
  afterAll(async () => await project.remove());

  // each may need what those before it made
  it.each(samples.map((sample) => ({ sample, name: `line ${sample.line}: ${sample.language}` })))(
    '$name',
    async ({ sample }) => {
      await runner.run(sample);
    },
  );
});

it('samples that are not run are few, and say why', () => {
  const left = PAGES.flatMap((page) => samplesOf(textOf(page))).flatMap(({ words }) => words.get('no-run') ?? []);
  expect(left.filter((reason) => reason.length < 10)).toEqual([]);
  expect(left.length).toBeLessThanOrEqual(3);
});

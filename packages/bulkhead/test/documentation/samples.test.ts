import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { samplesOf } from './markdown.ts';
import { PageProject } from './page-project.ts';
import { markdownFiles, textOf } from './repository.ts';
import { SamplePrograms } from './sample-programs.ts';
import { SampleRunner } from './sample-runner.ts';

/** Pages that readers follow. Those that `npm run docs` writes as a whole show signatures, and samples that are made up. */
const GENERATED = new Set(['api.md', 'errors.md', 'plugin-api.md', 'python-api.md']);
const PAGES = markdownFiles().filter(
  (path) =>
    /^(packages\/(bulkhead|plugin-sdk|plugin-sdk-python)\/)?README\.md$/.test(path) ||
    (/^docs\/(recipes\/)?[^/]+\.md$/.test(path) && !GENERATED.has(basename(path))),
);
const PROSE = new Set(['', 'text']);
const PROGRAMS = PAGES.map((page) => ({
  page,
  samples: samplesOf(textOf(page)).filter(({ language, adjacent }) => adjacent || !PROSE.has(language)),
})).filter(({ samples }) => samples.length > 0);

const projects = new Map<string, PageProject>();
const programs = new SamplePrograms();
beforeAll(async () => {
  for (const { page, samples } of PROGRAMS) {
    const project = await PageProject.make();
    projects.set(page, project);
    await programs.add(page, project, samples);
  }
});
afterAll(async () => {
  for (const project of projects.values()) await project.remove();
});

describe.each(PROGRAMS)('$page', ({ page, samples }) => {
  let runner: SampleRunner;
  beforeAll(() => {
    runner = new SampleRunner(projects.get(page) as PageProject, programs);
  });

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

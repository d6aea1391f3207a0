import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { linksOf } from './markdown.ts';
import { markdownFiles, textOf } from './repository.ts';

const LIST = 'docs/README.md';

describe(LIST, () => {
  const listed = linksOf(textOf(LIST)).map((target) => normalize(join(dirname(LIST), target)));

  it('lists every page of docs once', () => {
    const pages = markdownFiles('docs').filter((page) => page !== LIST);
    expect(listed.filter((page) => page.startsWith('docs/')).toSorted()).toEqual(pages.toSorted());
  });

  it('calls each page by its heading, which no other page has', () => {
    const names = [...textOf(LIST).matchAll(/^\| \[([^\]]+)\]\(([^)]+)\) \|/gm)].map(([, name = '', target = '']) => ({
      name,
      heading: /^# (.*)$/m.exec(textOf(normalize(join(dirname(LIST), target))))?.[1],
    }));
    expect(names).toHaveLength(listed.length);
    expect(new Set(names.map(({ name }) => name)).size).toBe(names.length);
    expect(names.filter(({ name, heading }) => heading !== name)).toEqual([]);
  });
});

it('README.md tells the figures of docs/benchmarks.md', () => {
  const benchmarks = textOf('docs/benchmarks.md');
  const [, ratio, microseconds] = /`warm_call_p50_ratio` \| ([\d.]+) \| [^|]* \| ([\d.]+) \//.exec(benchmarks) ?? [];
  const [, milliseconds] = /^\| Bulkhead \| BulkheadError .*\(after (\d+) ms\)/m.exec(benchmarks) ?? [];
  const told = textOf('README.md').replaceAll('\n', ' ');
  expect(told).toContain(`takes ${microseconds} µs there and back, ${ratio} times what a bare socket takes`);
  expect(told).toContain(`its caller knows why after ${milliseconds} ms`);
});

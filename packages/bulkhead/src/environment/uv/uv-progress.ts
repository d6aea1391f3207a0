import type { ProgressReporter } from '../build/progress-reporter.ts';

/** Passes on those of uv's lines that a person waits for, in Bulkhead's words. */
export function tellUvLine(line: string, reporter: ProgressReporter): void {
  const [, count] = /^Resolved (\d+) packages?/.exec(line) ?? [];
  if (count !== undefined) return reporter.tell('resolving', `resolved ${count} packages`);
  const [, name, size] = /^\s*Downloading (\S+) \(([^)]+)\)/.exec(line) ?? [];
  if (name !== undefined) return reporter.tell('downloading', `downloading ${name} (${size ?? '?'})`);
  const [, source] = /^\s*Building (\S+)/.exec(line) ?? [];
  if (source !== undefined) return reporter.tell('building', `building ${source.split(' @ ')[0] ?? source}`);
  if (/^Prepared \d+ packages?/.test(line))
    reporter.tell('installing', line.replace(/^Prepared/, 'installing what was prepared:').replace(/ in .*/, ''));
}

/** The same for pip. */
export function tellPipLine(line: string, reporter: ProgressReporter): void {
  const [, file, size] = /^\s*Downloading (\S+) \(([^)]+)\)/.exec(line) ?? [];
  if (file !== undefined)
    return reporter.tell('downloading', `downloading ${file.split('/').at(-1) ?? file} (${size ?? '?'})`);
  const [, collected] = /^Collecting (\S+)/.exec(line) ?? [];
  if (collected !== undefined) return reporter.tell('resolving', `resolving ${collected}`);
  const [, built] = /^\s*Building wheels? for (?:collected packages: )?(\S.*?)(?: \(|$)/.exec(line) ?? [];
  if (built !== undefined) return reporter.tell('building', `building ${built}`);
  const [, installed] = /^Installing collected packages: (.*)/.exec(line) ?? [];
  if (installed !== undefined) reporter.tell('installing', `installing ${installed}`);
}

import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { asReason } from '../../errors/as-reason.ts';
import { buildFailed } from './build-failed.ts';
import { redact } from './identity.ts';
import { shownOutput } from './shown-output.ts';

/** A failed run of uv or pip. */
export interface FailedRun {
  readonly plugin: string;
  readonly output: string;
  /** Such as `3.11.7 (/usr/bin/python3.11)`. */
  readonly python: string;
  /** Normalised name of the plugin's own project. */
  readonly project?: string | undefined;
  /** Folder of the plugin's own project, where that is to be installed. */
  readonly editable?: string | undefined;
}

/**
 * Turns what uv wrote into an error with a reason that can be read. uv has no machine-readable form of its failures, and
 * words them anew now and then; what isn't recognised keeps its own words. The raw output is the cause.
 */
export function uvError(run: FailedRun): BulkheadError {
  const output = shownOutput(redact(run.output));
  const reason = ofPlugin(readableReason(output), run.project) || 'uv said nothing';
  const { plugin } = run;
  const options = { cause: new Error(output.trim()) };
  if (/lock ?file[^\n]*needs to be updated/i.test(output))
    return new BulkheadError(
      'LOCK_STALE',
      { plugin, reason: 'pyproject.toml, or what uv is configured to do, has changed since it was written' },
      options,
    );
  if (/network was disabled|Network connectivity is disabled/.test(output))
    return new BulkheadError(
      'INDEX_UNREACHABLE',
      { plugin, reason: `uv is set to work offline, and ${reason}` },
      options,
    );
  if (/No solution found/.test(output)) return noSolution(plugin, output, reason, options);
  if (UNREACHABLE.test(output)) return new BulkheadError('INDEX_UNREACHABLE', { plugin, reason }, options);
  if (/interpreter[^\n]*incompatible with the (project's|script's) Python requirement/.test(output)) {
    const wanted = /Python requirement: `([^`]*)`/.exec(output)?.[1] ?? 'of another version';
    return new BulkheadError(
      'PYTHON_NOT_FOUND',
      { plugin, wanted, found: [run.python], searched: ['its own lock file'] },
      options,
    );
  }
  const invalid =
    /Failed to parse[^\n]*|[^\n]*(?:invalid requirement|Expected (?:one of|package name|an alphanumeric)[^\n]*)/i.exec(
      output,
    )?.[0];
  if (invalid !== undefined && /pyproject|dependenc|requirement/i.test(output)) {
    return new BulkheadError(
      'REQUIREMENT_INVALID',
      { plugin, requirement: /`([^`]+)`/.exec(invalid)?.[1] ?? 'something', reason },
      options,
    );
  }
  if (
    run.editable !== undefined &&
    /Failed to (?:build|prepare) `[^`]*/.exec(output)?.[0].endsWith(run.editable) === true
  )
    return new BulkheadError(
      'PLUGIN_BUILD_FAILED',
      { plugin, reason: raisedByBackend(output.split('\n')) ?? reason },
      options,
    );
  return buildFailed(plugin, reason, output, options);
}

const UNREACHABLE =
  /error sending request|dns error|tcp connect error|Connection refused|connection (?:reset|closed)|operation timed out|error trying to connect|HTTP status (?:client|server) error \((?:401|403|407|429|5\d\d)/i;

function noSolution(plugin: string, output: string, reason: string, options: { cause: unknown }): BulkheadError {
  const missing = /Because (\S+) was not found in the (?:package registry|provided package locations)/.exec(
    reason,
  )?.[1];
  const versions =
    /Because (?:there (?:is no version|are no versions) of|only) ([\w.-]+)\S* (?:is available )?and the plugin depends on/.exec(
      reason,
    )?.[1];
  // a second "because" means that somebody else's requirement has a part in it
  const alone = (reason.match(/\bbecause\b/gi)?.length ?? 0) === 1 ? versions : undefined;
  const packageName = missing ?? alone;
  if (packageName !== undefined)
    return new BulkheadError('PACKAGE_NOT_FOUND', { plugin, packageName, reason }, options);
  return new BulkheadError('DEPENDENCIES_CONFLICT', { plugin, reason }, options);
}

/** The error in one line: `error:`, `cause:`, and the drawn tree of older versions taken off, hints left out. */
function readableReason(output: string): string {
  const lines = output.split('\n');
  const start = lines.findIndex((line) => /^\s*(error:|×|x )/.test(line));
  const told: string[] = [];
  for (const line of lines.slice(Math.max(0, start))) {
    if (/^\s*hint:|^\s*(help|hint)\b/i.test(line) || /^\s*\[(stdout|stderr)\]/.test(line)) break;
    const text = line.replace(/^\s*(?:error:|cause:|Caused by:|[×╰├│─▶`>|-]+|x )\s*(?:[─▶>-]+\s*)?/, '').trim();
    if (text !== '') told.push(text);
  }
  const derivation = told[0]?.startsWith('No solution found') === true ? told.slice(1) : told;
  const raised = raisedByBackend(lines);
  return asSentence(
    [derivation.join(derivation === told ? ': ' : ' '), ...(raised === undefined ? [] : [raised])].join(': '),
  );
}

/** Of a project that uv was told of it gives the name. */
function ofPlugin(reason: string, project: string | undefined): string {
  if (project === undefined) return reason;
  return reason.replace(
    new RegExp(`(?<![\\w.-])${project.replaceAll('.', '\\.')}(?===\\S+ depends| depends)`, 'g'),
    'the plugin',
  );
}

/** What a build backend failed of: uv's guess, the compiler's complaint, or the last line of standard error, its exception. */
function raisedByBackend(lines: readonly string[]): string | undefined {
  const start = lines.findIndex((line) => /^\s*\[stderr\]/.test(line));
  if (start === -1) return undefined;
  const guess = lines.find((line) => line.startsWith('hint: This error likely indicates that '));
  if (guess !== undefined) return guess.slice('hint: This error likely indicates that '.length).replaceAll('`', '');
  const block = lines.slice(start + 1).filter((line) => /^\s/.test(line) && line.trim() !== '');
  return (block.find((line) => line.includes('fatal error: ')) ?? block.at(-1))?.trim();
}

function asSentence(text: string): string {
  return asReason(
    text
      .replace(/:+(?=: )/g, '')
      .replaceAll("your project's requirements", "the plugin's requirements")
      .replaceAll('your requirements', "the plugin's requirements")
      .replace(/\byou require\b/g, 'the plugin depends on')
      .replaceAll('your project', 'the plugin'),
  );
}

/** The same for pip. */
export function pipError(run: FailedRun): BulkheadError {
  const output = shownOutput(redact(run.output));
  const { plugin } = run;
  const errors = output
    .split('\n')
    .filter((line) => line.startsWith('ERROR: '))
    .map((line) => asReason(line.slice('ERROR: '.length)));
  const reason = errors.join('; ') || (output.trim().split('\n').at(-1) ?? '') || 'pip said nothing';
  const options = { cause: new Error(output.trim()) };
  if (
    /after connection broken by|Could not fetch URL|Max retries exceeded|Temporary failure in name resolution/.test(
      output,
    )
  )
    return new BulkheadError('INDEX_UNREACHABLE', { plugin, reason }, options);
  const invalid = /Invalid requirement: '?([^'\n]*)'?/.exec(output)?.[1];
  if (invalid !== undefined)
    return new BulkheadError('REQUIREMENT_INVALID', { plugin, requirement: invalid, reason }, options);
  if (/ResolutionImpossible|conflicting dependencies/.test(output))
    return new BulkheadError('DEPENDENCIES_CONFLICT', { plugin, reason: pipConflict(output) ?? reason }, options);
  const unhashed = unhashedPackage(output);
  if (unhashed !== undefined) return new BulkheadError('HASH_CHECK_FAILED', { plugin, ...unhashed }, options);
  if (
    run.editable !== undefined &&
    /(?:Preparing editable metadata|to build editable|Building editable)[^\n]*did not run/.test(output)
  )
    return new BulkheadError('PLUGIN_BUILD_FAILED', { plugin, reason: raisedInPip(output) ?? reason }, options);
  const missing = /No matching distribution found for ([\w.-]+)/.exec(output)?.[1];
  if (missing !== undefined)
    return new BulkheadError(
      'PACKAGE_NOT_FOUND',
      { plugin, packageName: missing, reason: errors[0] ?? reason },
      options,
    );
  return buildFailed(plugin, reason, output, options);
}

/** What a build backend failed of: the last line of its output. */
function raisedInPip(output: string): string | undefined {
  const lines = output.split('\n');
  const last = lines[lines.findIndex((line) => line.includes('[end of output]')) - 1]?.trim();
  return last === undefined || last === '' ? undefined : asReason(last);
}

function pipConflict(output: string): string | undefined {
  const block = /The conflict is caused by:\n((?:\s{4}.*\n)+)/.exec(output)?.[1];
  return block
    ?.split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('; ');
}

/** The package that pip's check of hashes refused, and why. */
function unhashedPackage(output: string): { packageName: string; reason: string } | undefined {
  if (/DO NOT MATCH THE HASHES/.test(output)) {
    const [, packageName = 'package'] = /\n\s{4}([A-Za-z0-9][\w.-]*)[^\n]*:\n\s+Expected /.exec(output) ?? [];
    return { packageName, reason: 'the file that the package index has is another one' };
  }
  if (!/In --require-hashes mode|Hashes are required in --require-hashes mode/.test(output)) return undefined;
  const [, packageName = 'package'] = /\n\s{4}([A-Za-z0-9][\w.-]*)/.exec(output) ?? [];
  return { packageName, reason: 'with hashes each package needs one, and an exact version' };
}

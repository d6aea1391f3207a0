import { asReason } from '../../errors/as-reason.ts';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { buildFailed } from '../build/build-failed.ts';
import { redact } from '../build/identity.ts';
import { type LockedPackages, nameAt } from './npm-lock.ts';
import { shownOutput } from '../build/shown-output.ts';

/** A failed run of npm. */
export interface FailedNpm {
  readonly plugin: string;
  readonly output: string;
  /** Such as `22.18.0 (/usr/bin/node)`. */
  readonly node: string;
  /** Name of the plugin's own lock file, where that decides. */
  readonly lock: string | undefined;
  /** What npm was to install. */
  readonly locked: LockedPackages;
}

/** Of the system and of Node, for connections; of npm, for answers of a registry. */
const UNREACHABLE =
  /^(?:ECONN\w+|ENOTFOUND|EAI_\w+|ETIMEDOUT|EPIPE|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_\w+|ERR_TLS_\w+|CERT_\w+|\w*SELF_SIGNED\w*|UNABLE_TO_\w+|DEPTH_ZERO\w*|E401|E403|E407|E429|E5\d\d|FETCH_ERROR|ECONNRESET|ERR_INVALID_PROTOCOL|E418)$/;
/** What npm adds for people at a terminal. */
const NOISE =
  /^(?:A complete log of this run|Log files were not written|For a full report see:|\/\S*-eresolve-report\.txt$|Fix the upstream dependency conflict|this command with --force|to accept an incorrect|ERESOLVE (?:unable|could not)|Note that you can also|tarball, folder, http url|If you are behind a proxy|'proxy' config|This is related to npm|In most cases you or|errno |syscall |at |The operation was rejected|Did you mean|Clean install a project$)/;

/** Turns what npm wrote into an error with a reason that can be read. What isn't recognised keeps its own words; the whole is the cause. */
export function npmError({ plugin, output: raw, node, lock, locked }: FailedNpm): BulkheadError {
  const output = shownOutput(redact(raw));
  const said = errorLines(output);
  const code = /^code (\S+)$/.exec(said[0] ?? '')?.[1] ?? '';
  const lines = said.filter((line) => line !== '' && !/^code \S+$/.test(line) && !NOISE.test(line));
  const reason = reasonOf(lines) || 'npm said nothing';
  const options = { cause: new Error(output.trim()) };
  switch (code) {
    case 'E404':
      return notFound(
        plugin,
        /['"]((?:@[^/'"]+\/)?[^@'"]+)@[^'"]*['"]/.exec(lines.join('\n'))?.[1],
        'the package registry does not have it, or only for those who log in',
        options,
      );
    case 'ETARGET':
    case 'ENOVERSIONS': {
      const [, name, range] =
        /No (?:matching version found|versions available) for ((?:@[^/\s]+\/)?[^@\s]+)(?:@(.*?))?\.?$/m.exec(
          lines.join('\n'),
        ) ?? [];
      const told = range === undefined ? 'it has no versions' : `no version of it is ${range}`;
      return notFound(plugin, name, told, options);
    }
    case 'ERESOLVE':
      return new BulkheadError('DEPENDENCIES_CONFLICT', { plugin, reason: conflictOf(lines) ?? reason }, options);
    case 'EUSAGE':
      if (lock === undefined) break;
      return new BulkheadError('LOCK_STALE', { plugin, lock, reason: outOfStep(lines) }, options);
    case 'EINTEGRITY': {
      const packageName = nameOfHash(lines, locked) ?? 'a package';
      return new BulkheadError(
        'HASH_CHECK_FAILED',
        { plugin, packageName, reason: 'what was downloaded is not what the lock file knows' },
        options,
      );
    }
    case 'EBADENGINE':
      return new BulkheadError(
        'ENVIRONMENT_BUILD_FAILED',
        { plugin, reason: `with \`engine-strict\`, ${engineOf(lines) ?? reason}, and this is Node ${node}` },
        options,
      );
    case 'ENOTCACHED':
      return new BulkheadError(
        'INDEX_UNREACHABLE',
        { plugin, reason: 'npm is set to work offline, and not all packages are in its cache' },
        options,
      );
    default:
      if (UNREACHABLE.test(code)) return new BulkheadError('INDEX_UNREACHABLE', { plugin, reason }, options);
  }
  return buildFailed(plugin, reason, output, options);
}

/** What npm said of its failure, without what it adds for people at a terminal. */
export function wordsOfNpm(output: string): string[] {
  return errorLines(output).filter(
    (line) => line !== '' && !/^code \S+$|^While resolving: bulkhead-environment@/.test(line) && !NOISE.test(line),
  );
}

/** Of npm 10 and later, and of those before. */
function errorLines(output: string): string[] {
  return output.split('\n').flatMap((line) => {
    const [, text] = /^npm (?:error|ERR!) ?(.*)$/.exec(line) ?? [];
    return text === undefined
      ? []
      : [text.replace(/^(?:404|notarget|notsup|engine|enoent|network|network This is a problem.*)(?: |$)/, '').trim()];
  });
}

/** The first lines say it; the usage of a command, or a stack, may follow. */
function reasonOf(lines: readonly string[]): string {
  return asReason(lines.slice(0, 3).join('; '));
}

function notFound(
  plugin: string,
  name: string | undefined,
  reason: string,
  options: { cause: unknown },
): BulkheadError {
  return new BulkheadError(
    'PACKAGE_NOT_FOUND',
    { plugin, packageName: name ?? 'a package', language: 'node', reason },
    options,
  );
}

/** `react-dom@18.3.1 wants react@"^18.3.1" beside it, and react is 17.0.2`, of a report in several blocks. */
function conflictOf(lines: readonly string[]): string | undefined {
  const [, found] = /^Found: (\S+)$/m.exec(lines.join('\n')) ?? [];
  const [, wanted, by] = /^peer(?:Optional)? (\S+) from (\S+)$/m.exec(lines.join('\n')) ?? [];
  if (found === undefined || wanted === undefined || by === undefined) return undefined;
  const at = found.lastIndexOf('@');
  return `${by} needs ${wanted.replaceAll('"', '')} beside it, and ${found.slice(0, at)} would be ${found.slice(at + 1)}`;
}

/** npm tells the hash alone. */
function nameOfHash(lines: readonly string[], locked: LockedPackages): string | undefined {
  const [, wanted] = / wanted (\S+) but got /.exec(lines.join('\n')) ?? [];
  const place = Object.keys(locked).find((each) => wanted !== undefined && locked[each]?.['integrity'] === wanted);
  return place === undefined ? undefined : nameAt(place);
}

/** How many packages that are out of step are named. */
const MOST_NAMED = 5;

function outOfStep(lines: readonly string[]): string {
  const all = lines.flatMap((line) => {
    const [, missing] = /^Missing: (\S+) from lock file$/.exec(line) ?? [];
    if (missing !== undefined) return [`${missing} is missing from it`];
    const [, locked, wanted] = /^Invalid: lock file's (\S+) does not satisfy (\S+)$/.exec(line) ?? [];
    return locked === undefined ? [] : [`it has ${locked}, and ${wanted} is asked for`];
  });
  if (all.length === 0) return 'package.json has changed since it was written';
  const more = all.length > MOST_NAMED ? [`${all.length - MOST_NAMED} more`] : [];
  return [...all.slice(0, MOST_NAMED), ...more].join('; ');
}

function engineOf(lines: readonly string[]): string | undefined {
  const [, name] = /^Not compatible with your version of node\/npm: (\S+)$/m.exec(lines.join('\n')) ?? [];
  const [, wanted] = /^Required: \{.*?"node":"([^"]+)"/m.exec(lines.join('\n')) ?? [];
  return name === undefined || wanted === undefined ? undefined : `${name} needs Node ${wanted}`;
}

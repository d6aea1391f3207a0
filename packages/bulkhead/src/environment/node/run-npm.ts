import { npmVariables } from '../../lifecycle/process-variables.ts';
import { type BuilderResult, runBuilder } from '../build/builder-process.ts';
import { BUILD_MARK } from '../build/builder-variables.ts';
import type { NodeInterpreter } from '../ready-environment.ts';
import type { Npm } from './npm.ts';

/** What is said here holds, whatever npm is configured to do. */
const OPTIONS: readonly string[] = [
  '--ignore-scripts',
  '--omit=dev',
  '--install-links',
  '--package-lock',
  '--no-global',
  '--no-dry-run',
  '--no-audit',
  '--no-fund',
  '--no-progress',
  '--no-color',
  '--no-update-notifier',
  '--no-json',
  '--logs-max=0',
  '--loglevel=http',
];

/** Settings that would change *what* is done, and that no option takes back; those that npm gives its own processes among them. */
const DECIDED_HERE = new Set(
  [
    'PREFIX',
    'LOCAL_PREFIX',
    'GLOBAL_PREFIX',
    'LOCATION',
    'WORKSPACE',
    'WORKSPACES',
    'INCLUDE',
    'PRODUCTION',
    'ONLY',
  ].map((name) => `NPM_CONFIG_${name}`),
);

export interface NpmRun {
  readonly npm: Npm;
  readonly node: NodeInterpreter;
  /** With the package.json. */
  readonly folder: string;
  readonly command: readonly string[];
  /** Those of the host. */
  readonly variables: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly limit?: number;
  onLine?(line: string): void;
}

/** Runs npm, which may run nothing of a package. @throws as `runBuilder` */
export async function runNpm(run: NpmRun): Promise<BuilderResult> {
  const { npm, node, folder, command, variables, signal, limit, onLine } = run;
  return await runBuilder({
    file: node.executable,
    args: [npm.cli, ...command, ...OPTIONS],
    cwd: folder,
    signal,
    variables: { ...npmVariables(variables, DECIDED_HERE), NO_COLOR: '1', [BUILD_MARK]: folder },
    ...(limit === undefined ? {} : { limit }),
    ...(onLine === undefined ? {} : { onLine }),
  });
}

/** What has npm resolve the packages of a package.json. @param asOf RFC 3339 */
export function resolveCommand(asOf: string | undefined, isFresh: boolean): string[] {
  return [
    'install',
    '--package-lock-only',
    ...(asOf === undefined ? [] : [`--before=${asOf}`]),
    ...(isFresh ? ['--prefer-online'] : []),
  ];
}

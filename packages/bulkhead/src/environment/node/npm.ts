import { access, realpath } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import type { NodeInterpreter } from '../ready-environment.ts';
import { packageFields } from './package-fields.ts';

/** An npm, which is a program in JavaScript: it is run by a Node, without a shell. */
export interface Npm {
  /** Absolute path of its npm-cli.js. */
  readonly cli: string;
  readonly version: string;
}

/** Where npm lies beside a Node, from the folder of the binary: of nodejs.org and most tools, Homebrew's, Windows's, Debian's. */
const BESIDE_NODE = [
  '../lib/node_modules/npm',
  '../libexec/lib/node_modules/npm',
  './node_modules/npm',
  '../share/nodejs/npm',
];

/**
 * The npm that belongs to `node`; else the host's own, else that of the PATH.
 *
 * @throws BulkheadError `NPM_UNAVAILABLE`
 */
export async function npmFor(plugin: string, node: NodeInterpreter, variables: NodeJS.ProcessEnv): Promise<Npm> {
  const hosts = await realpath(process.execPath).catch(() => process.execPath);
  const beside = [node.executable, hosts].flatMap((file) => BESIDE_NODE.map((path) => join(dirname(file), path)));
  for (const folder of beside) {
    const found = await npmIn(folder);
    if (found !== undefined) return found;
  }
  const onPath = await npmOnPath(variables['PATH'] ?? '');
  if (onPath !== undefined) return onPath;
  throw new BulkheadError('NPM_UNAVAILABLE', { plugin, node: `${node.version} (${node.executable})` });
}

/** There `npm` is a link into npm's own folder. */
async function npmOnPath(path: string): Promise<Npm | undefined> {
  for (const folder of path.split(delimiter).filter((each) => each !== '')) {
    const file = await realpath(join(folder, 'npm')).catch(() => undefined);
    const found = file === undefined ? undefined : await npmIn(dirname(dirname(file)));
    if (found !== undefined) return found;
  }
  return undefined;
}

async function npmIn(folder: string): Promise<Npm | undefined> {
  const cli = join(folder, 'bin', 'npm-cli.js');
  const { name, version } = await packageFields(folder);
  if (name !== 'npm' || typeof version !== 'string') return undefined;
  return await access(cli).then(
    () => ({ cli, version }),
    () => undefined,
  );
}

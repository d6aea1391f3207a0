import { BulkheadError } from '../errors/bulkhead-error.ts';
import type { ErrorCode } from '../errors/error-details.ts';
import { deniedIn } from '../lifecycle/denied-host.ts';
import { sizeInWords } from '../lifecycle/size.ts';
import type { HostRule } from '../registry/fields/launch/host-rule.ts';
import type { LaunchSpec } from '../registry/plugin-spec.ts';

/** An exception of the plugin, or one that led to it. */
interface Raised {
  readonly type: string;
  readonly message: string;
}

type Failed = BulkheadError<'PLUGIN_RAISED' | 'PLUGIN_IMPORT_FAILED' | 'PLUGIN_INITIALIZE_FAILED'>;

/** Says of a failure that comes of the plugin's limits or permissions which line of the registry decides that. */
export function explainConfinement(error: BulkheadError, launch: LaunchSpec): BulkheadError {
  if (launch.isolation === 'docker') return error;
  if (hasCrashed(error)) return withMemoryLimit(error, launch);
  if (!isFailed(error)) return error;
  const raised = chainOf(error);
  return (
    overrun(error, raised, launch) ?? withCure(error, launch.confined ? cureFor(error, raised, launch) : undefined)
  );
}

type Crashed = BulkheadError<'PLUGIN_CRASHED'> | BulkheadError<'PLUGIN_EXITED'>;

function hasCrashed(error: BulkheadError): error is Crashed {
  return error.code === 'PLUGIN_CRASHED' || error.code === 'PLUGIN_EXITED';
}

/** Native code that gets no more memory ends its process in its own way. */
function withMemoryLimit(error: Crashed, { resources, sandbox }: LaunchSpec): BulkheadError {
  if (resources.memory === undefined || sandbox === 'off') return error;
  const cure = `It has a memory limit of ${sizeInWords(resources.memory)}, and native code often ends like this when it gets no more: raise \`resources.memory\`, or read its last lines.`;
  return withCure(error, cure);
}

function isFailed(error: BulkheadError): error is Failed {
  return ['PLUGIN_RAISED', 'PLUGIN_IMPORT_FAILED', 'PLUGIN_INITIALIZE_FAILED'].includes(error.code);
}

function chainOf({ context, details, cause }: Failed): readonly Raised[] {
  const chain = [{ type: context.remoteType ?? '', message: details.reason }];
  for (let each = cause; each instanceof Error; each = each.cause)
    chain.push({ type: each.name, message: each.message });
  return chain;
}

function overrun(
  error: Failed,
  raised: readonly Raised[],
  { resources, sandbox }: LaunchSpec,
): BulkheadError | undefined {
  const { plugin } = error.details;
  const { memory, files, disk } = resources;
  const options = { cause: error, context: error.context };
  if (sandbox === 'off') return undefined;
  if (memory !== undefined && raised.some(({ type }) => type.endsWith('MemoryError'))) {
    const reason = `ran into its memory limit of ${sizeInWords(memory)}`;
    return new BulkheadError('MEMORY_LIMIT_EXCEEDED', { plugin, reason }, options);
  }
  if (files !== undefined && raised.some(({ message }) => message.includes('[Errno 24]'))) {
    return new BulkheadError('FILES_LIMIT_EXCEEDED', { plugin, files }, options);
  }
  // Where it may write to nothing else, no file may grow over the limit of them all.
  if (disk !== undefined && raised.some(({ message }) => message.includes('[Errno 27]'))) {
    const reason = `ran into its disk limit of ${sizeInWords(disk)}`;
    return new BulkheadError('DISK_LIMIT_EXCEEDED', { plugin, reason }, options);
  }
  return undefined;
}

function withCure(error: Failed | Crashed, cure: string | undefined): BulkheadError {
  if (cure === undefined) return error;
  const explained = new BulkheadError<ErrorCode>(error.code, { ...error.details, cure }, error);
  if (error.stack !== undefined) explained.stack = error.stack;
  return explained;
}

/** Python's own words tell which permission was missing; where they don't, its traceback does. */
function cureFor(error: Failed, raised: readonly Raised[], { permissions, sandbox }: LaunchSpec): string | undefined {
  const traceback = error.context.remoteTraceback ?? '';
  for (const { type, message } of raised) {
    const network = networkCure(type, message, permissions?.network);
    if (network !== undefined) return network;
    const [, hidden] = /\[Errno 2\].*: '(\/[^']+)'$/.exec(message) ?? [];
    if (hidden !== undefined && sandbox !== 'floor')
      return `It runs in a sandbox, where only what is permitted can be seen. If ${hidden} is on this machine, add \`permissions: { read: [${hidden}] }\` to its registry entry.`;
    const [, unwritable] = /\[Errno 30\].*: '(\/[^']+)'/.exec(message) ?? [];
    if (unwritable !== undefined)
      return `It runs in a sandbox. To let it write there, add \`permissions: { write: [${unwritable}] }\` to its registry entry. Its scratch folder is what \`tempfile\` uses.`;
    const isDenied = /\[Errno 1\]|\[Errno 13\]|Operation not permitted|Permission denied/.test(message);
    if (!isDenied) continue;
    const [, path] = /denied: '(\/[^']+)'/.exec(message) ?? [];
    if (path !== undefined)
      return `It runs in a sandbox. To let it read that file or folder, add \`permissions: { read: [${path}] }\` to its registry entry; \`write\` lets it write, too. Its scratch folder is what \`tempfile\` uses.`;
    if (/\b(fork|Popen|posix_spawn|exec[lv]\w*)\b/.test(traceback))
      return 'It runs in a sandbox, which does not let it start processes: `permissions: { processes: true }` in its registry entry does.';
    if (permissions?.network === false && /\bsocket\b/.test(traceback)) return ADD_NETWORK;
    return 'It runs in a sandbox, which does not permit that; docs/permissions.md says what can be permitted.';
  }
  return undefined;
}

function networkCure(
  type: string,
  message: string,
  network: boolean | readonly HostRule[] | undefined,
): string | undefined {
  const cannotResolve = /\bgaierror$/.test(type);
  if (network === false && cannotResolve) return ADD_NETWORK;
  if (!Array.isArray(network)) return undefined;
  const denied = deniedIn(message);
  if (denied !== undefined) return `To let it reach that host, add "${denied}" to \`network\` of its \`permissions\`.`;
  return cannotResolve || message.includes('[Errno 101]') ? USE_PROXY : undefined;
}

const USE_PROXY =
  'It has no network but the proxy that HTTP_PROXY and HTTPS_PROXY name in its environment variables: what it uses to connect has to use that. See docs/permissions.md, "A list of hosts".';

const ADD_NETWORK =
  'It runs in a sandbox without a network: `permissions: { network: true }` in its registry entry lets it reach one.';

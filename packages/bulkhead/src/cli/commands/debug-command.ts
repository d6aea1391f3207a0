import { BulkheadError, exitCodeOf } from '../../errors/bulkhead-error.ts';
import { type Deferred, deferred } from '../../lifecycle/deferred.ts';
import { abortable } from '../../lifecycle/wait.ts';
import { visibleText } from '../../lifecycle/visible-text.ts';
import { WorkInFlight } from '../../lifecycle/work-in-flight.ts';
import type { DebugTarget } from '../../manager/debug-plugin.ts';
import { PluginManager } from '../../manager/plugin-manager.ts';
import { registryOrExpected } from '../files/find-registry.ts';
import { refusePath } from '../files/plugin-id.ts';
import { listenForInterruption } from '../interruption.ts';
import { quietLogger, showPluginLines } from '../output/plugin-lines.ts';
import { printError } from '../output/print-error.ts';
import { printResult } from '../output/print-result.ts';
import { type ProgressDisplay, showProgress } from '../output/progress-display.ts';
import { readInput } from '../input/read-input.ts';
import type { Terminal } from '../output/terminal.ts';

export interface DebugCommandOptions {
  readonly registry?: string;
  readonly action?: string;
  readonly input?: string;
  readonly port?: string;
  readonly wait?: boolean;
}

/** The port in editors' documentation, so that one configuration of the editor will do. */
const USUAL_PORT = 5678;

/** `bulkhead debug`: starts a plugin, and lets a debugger attach to it. */
export async function debugCommand(id: string, options: DebugCommandOptions, terminal: Terminal): Promise<number> {
  refusePath(id);
  const port = portOf(options.port);
  const input = await readInput(options.input);
  using interruption = listenForInterruption();
  const display = showProgress(terminal);
  const logger = terminal.json ? quietLogger() : showPluginLines(terminal, (line) => display.print(line));
  await using manager = await PluginManager.open(registryOrExpected(options.registry), { logger, startAhead: false });
  const { signal } = interruption;
  signal.addEventListener('abort', () => void manager.close(), { once: true });
  const presence = new DebuggerPresence(display);
  const waiting = new WorkInFlight();
  try {
    const targets = await manager.debug(id, { port, signal, onChange: presence.changed, onProgress: display.sink });
    display.close();
    for (const target of targets) display.print(howToAttach(id, target));
    let exitCode = 0;
    if (options.input !== undefined || options.action !== undefined) {
      if (options.wait === true) {
        display.print('waiting for the debugger to attach; Ctrl-C ends');
        await waiting.during(abortable(presence.attached, signal));
      }
      exitCode = await call(manager, id, { action: options.action ?? 'execute', input }, terminal, signal);
    }
    display.print('going on until the debugger leaves; Ctrl-C ends');
    await waiting.during(abortable(presence.left, signal));
    return exitCode;
  } catch (error) {
    display.close();
    if (interruption.exitCode !== undefined) return interruption.exitCode;
    printError(error, terminal, { linesWereShown: true });
    return exitCodeOf(error);
  }
}

/** Shows a failure but ends nothing, since the author may look at it in the debugger. */
async function call(
  manager: PluginManager,
  id: string,
  { action, input }: { readonly action: string; readonly input: unknown },
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  try {
    await printResult(await manager.executePlugin(id, input, { action, signal }), terminal);
    return 0;
  } catch (error) {
    signal.throwIfAborted();
    printError(error, terminal, { linesWereShown: true });
    return exitCodeOf(error);
  }
}

/** Whether a debugger is attached. */
class DebuggerPresence {
  readonly #attached: Deferred<void> = deferred();
  readonly #left: Deferred<void> = deferred();
  readonly #display: ProgressDisplay;
  #isThere = false;

  constructor(display: ProgressDisplay) {
    this.#display = display;
  }

  /** Resolves when the first debugger has attached. */
  get attached(): Promise<void> {
    return this.#attached.promise;
  }

  /** Resolves when an attached debugger has left. */
  get left(): Promise<void> {
    return this.#left.promise;
  }

  readonly changed = (_target: unknown, isAttached: boolean): void => {
    const who = isAttached || this.#isThere ? 'the debugger' : 'the plugin';
    this.#display.print(`${who} has ${isAttached ? 'attached' : 'left'}`);
    this.#isThere = isAttached;
    (isAttached ? this.#attached : this.#left).resolve();
  };
}

function howToAttach(id: string, { name, generation, host, port, folder, language }: DebugTarget): string {
  // Else a breakpoint in a file here would mean none that the plugin runs.
  const places = folder === undefined ? undefined : { localRoot: folder.here, remoteRoot: folder.inside };
  const isNode = language === 'node';
  const attach = { name: `Attach to ${id}`, type: isNode ? 'node' : 'debugpy', request: 'attach' };
  const configurations = [
    isNode
      ? { ...attach, address: host, port, skipFiles: ['<node_internals>/**'], ...places }
      : {
          ...attach,
          connect: { host, port },
          justMyCode: true,
          ...(places === undefined ? {} : { pathMappings: [places] }),
        },
  ];
  const configuration = JSON.stringify({ version: '0.2.0', configurations }, undefined, 2);
  return `${id} (${name}, generation ${generation}) lets a debugger attach at ${host}:${port}

In VS Code${isNode ? '' : ', with its Python extension'}, as .vscode/launch.json, then F5:
  ${visibleText(configuration).replaceAll('\n', '\n  ')}
${isNode ? `Chrome finds it by chrome://inspect, once ${host}:${port} is among its targets.` : 'Any other client of the Debug Adapter Protocol attaches to the same address.'}
`;
}

function portOf(given: string | undefined): number {
  if (given === undefined) return USUAL_PORT;
  const port = Number(given);
  if (/^\d{1,5}$/.test(given) && port <= 65_535) return port;
  const reason = `expected a number from 0 to 65535, 0 being any port that is free, found "${given}"`;
  throw new BulkheadError('ARGUMENT_INVALID', { argument: '--port', reason });
}

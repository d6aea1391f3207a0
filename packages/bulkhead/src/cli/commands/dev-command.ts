import { DevelopmentSession, type RepeatedCall } from '../development/development-session.ts';
import { type DevelopmentTarget, findTarget } from '../development/development-target.ts';
import { listenForInterruption } from '../interruption.ts';
import { jsonText } from '../../views/json-text.ts';
import { quietLogger, showPluginLines } from '../output/plugin-lines.ts';
import { readInput } from '../input/read-input.ts';
import type { Terminal } from '../output/terminal.ts';
import { FolderWatch } from '../development/watch-folders.ts';

export interface DevOptions {
  readonly registry?: string;
  readonly action?: string;
  readonly input?: string;
}

/** `bulkhead dev`: runs one plugin, and reloads it whenever its author has changed it. */
export async function devCommand(given: string, options: DevOptions, terminal: Terminal): Promise<number> {
  const call = await repeatedCall(options);
  const target = await findTarget(given, options.registry);
  using interruption = listenForInterruption();
  try {
    await develop(target, new DevelopmentSession(target, call, terminal), terminal, interruption.signal);
  } catch (error) {
    if (interruption.exitCode === undefined) throw error;
  }
  return interruption.exitCode ?? 0;
}

/** Until the signal is aborted. */
async function develop(
  target: DevelopmentTarget,
  session: DevelopmentSession,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const { folder, registry } = target;
  await using watching = await FolderWatch.start(folder, registry === undefined ? [] : [registry], signal);
  const logger = terminal.json ? quietLogger() : showPluginLines(terminal, session.print);
  await using manager = await target.open({ logger, observers: [session.observer] });
  signal.addEventListener('abort', () => void manager.close(), { once: true });
  session.say(`watching ${folder}; Ctrl-C ends`);
  while (!signal.aborted) {
    const changing = new AbortController();
    const startedAt = Date.now();
    const work = session.loadAndCall(manager, AbortSignal.any([signal, changing.signal]), (paths) =>
      watching.follow(paths, startedAt, signal),
    );
    try {
      const changed = await nextChange(watching, session, signal);
      session.say(`changed: ${changed.join(', ')}`);
    } finally {
      // a call of the old version is of no more interest; a load that has begun is finished
      changing.abort();
      await work;
    }
  }
}

async function nextChange(
  watching: FolderWatch,
  session: DevelopmentSession,
  signal: AbortSignal,
): Promise<readonly string[]> {
  for (;;) {
    const changed = await session.relevant(await watching.next(signal));
    if (changed.length > 0) return changed;
  }
}

/** Reads the input at once, so that a mistake in it shows before anything starts; standard input can be read only once. */
async function repeatedCall({ action, input }: DevOptions): Promise<RepeatedCall | undefined> {
  if (input === undefined && action === undefined) return undefined;
  const value = await readInput(input);
  return { action: action ?? 'execute', input: input === '-' ? jsonText(value, { pretty: false }) : input };
}

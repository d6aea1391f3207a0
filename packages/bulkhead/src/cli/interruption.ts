import { constants } from 'node:os';

/** Ctrl-C, and the other signals that ask a program to end. */
export interface Interruption extends Disposable {
  /** Aborted by the first; the second ends this process at once. */
  readonly signal: AbortSignal;
  /** The exit status that a shell expects after such a signal, such as 130; undefined if there was none. */
  readonly exitCode: number | undefined;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Until it is disposed of. Instances of plugins end with this process, however it ends. */
export function listenForInterruption(): Interruption {
  const controller = new AbortController();
  let exitCode: number | undefined;
  const onSignal = (name: (typeof SIGNALS)[number]): void => {
    if (exitCode !== undefined) process.exit(exitCode);
    exitCode = 128 + constants.signals[name];
    controller.abort(new Error(`interrupted by ${name}`));
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    [Symbol.dispose]: () => {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}

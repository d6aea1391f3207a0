import { constants } from 'node:os';

/** Ctrl-C, the other signals that ask a program to end, and a reader of its output that has enough: `bulkhead run … | head -1`. */
export interface Interruption extends Disposable {
  /** Aborted by the first; the second ends this process at once. */
  readonly signal: AbortSignal;
  /** The exit status that a shell expects after such a signal, such as 130; 0 after the reader has gone; undefined if there was none. */
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
  const onOutputError = ({ code }: NodeJS.ErrnoException): void => {
    if (code !== 'EPIPE' || exitCode !== undefined) return;
    exitCode = 0;
    controller.abort(new Error('nobody reads the output any more'));
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  process.stdout.on('error', onOutputError);
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    [Symbol.dispose]: () => {
      for (const name of SIGNALS) process.off(name, onSignal);
      process.stdout.off('error', onOutputError);
    },
  };
}

import picocolors from 'picocolors';

export type Colours = ReturnType<typeof picocolors.createColors>;

/** Where a command writes: results on standard output, all else on standard error. */
export interface Terminal {
  readonly out: Output;
  readonly error: Output;
  /** Print nothing but JSON, for programs. */
  readonly json: boolean;
}

/** One of the two streams. */
export interface Output {
  readonly isTerminal: boolean;
  readonly columns: number;
  readonly colours: Colours;
  write(text: string): void;
}

const USUAL_COLUMNS = 80;

export function openTerminal(json: boolean): Terminal {
  return { out: outputOn(process.stdout), error: outputOn(process.stderr), json };
}

function outputOn(stream: NodeJS.WriteStream): Output {
  // `bulkhead list | head -1` closes our output early, which is no failure
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  const isTerminal = stream.isTTY === true;
  return {
    isTerminal,
    get columns() {
      // a terminal that does not know its width says 0
      return stream.columns > 0 ? stream.columns : USUAL_COLUMNS;
    },
    colours: picocolors.createColors(wantsColours(isTerminal, process.env)),
    write: (text) => {
      if (stream.writable) stream.write(text);
    },
  };
}

/** https://no-color.org and https://force-color.org; both count only when they are not empty. */
function wantsColours(isTerminal: boolean, { NO_COLOR = '', FORCE_COLOR = '', TERM }: NodeJS.ProcessEnv): boolean {
  if (NO_COLOR !== '') return false;
  if (FORCE_COLOR !== '') return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return isTerminal && TERM !== 'dumb';
}

import picocolors from 'picocolors';

export type Colours = ReturnType<typeof picocolors.createColors>;

/** Where a command writes: results on standard output, all else on standard error. */
export interface Terminal {
  readonly out: Output;
  readonly error: Output;
  /** Results, progress and errors are for programs: JSON, and nothing else. */
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
  // `bulkhead list | head -1` closes our output early: that is no failure, and there is nobody left to write to
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  const isTerminal = stream.isTTY === true;
  return {
    isTerminal,
    get columns() {
      // 0 is what a terminal says that does not know
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

/** What a plugin says may hold control sequences, which would act on the terminal; shown as text instead. */
export function visible(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (control) => {
    if (control === '\r') return '';
    return `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}

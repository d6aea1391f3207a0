/** Who most likely ended the process of a group. */
export interface Blamed {
  /** Undefined: nobody in particular. */
  readonly culprit: string | undefined;
  /** Those that had something to do; one of them did it. */
  readonly suspects: readonly string[];
  /** What was done, as a sentence without its end; undefined: only the exit tells. */
  readonly deed: string | undefined;
}

/** A plugin that ran in the group when that ended. */
export interface Suspect {
  readonly plugin: string;
  /** Absolute. */
  readonly folder: string;
  /** Whether it had calls, or was being started. */
  readonly wasBusy: boolean;
}

/** As Python's faulthandler begins what it writes before the process ends. */
const FAULT = /^(?:Fatal Python error: |Windows fatal exception: )/;
const FRAME = /^\s*File "([^"]+)", line (\d+)/;

/**
 * The plugin of the innermost line of Python that the crashed thread was in, by what the SDK lets Python write about that thread.
 *
 * @param lines the last that the process wrote, the oldest first
 */
export function culpritByTraceback(
  lines: readonly string[],
  suspects: readonly Suspect[],
): { readonly plugin: string; readonly place: string } | undefined {
  const begin = lines.findLastIndex((line) => FAULT.test(line));
  if (begin < 0) return undefined;
  for (const line of lines.slice(begin)) {
    const [, file = '', number] = FRAME.exec(line) ?? [];
    // One plugin's folder may lie within another's.
    const [owner] = suspects
      .filter(({ folder }) => file.startsWith(`${folder}/`))
      .toSorted((one, other) => other.folder.length - one.folder.length);
    if (owner !== undefined) return { plugin: owner.plugin, place: `${file}:${number}` };
  }
  return undefined;
}

/** By what the host knows of their calls. */
export function culpritByCalls(suspects: readonly Suspect[]): Blamed {
  const busy = [...new Set(suspects.filter(({ wasBusy }) => wasBusy).map(({ plugin }) => plugin))];
  return busy.length === 1
    ? { culprit: busy[0], suspects: busy, deed: undefined }
    : { culprit: undefined, suspects: busy, deed: undefined };
}

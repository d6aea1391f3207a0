import type { StateFolder } from '../environment/state-folder.ts';
import { type HostNote, Ledger } from '../launcher/ledger/ledger.ts';
import { readNotes } from '../launcher/ledger/read-ledger.ts';

/** The kind of note in which a host writes down the environments that it uses. */
const KIND = 'environments';
/** The first result does not wait for the disk. */
const SOON_MILLISECONDS = 100;

/** Writes down the environments of this host, so that nobody removes one while it runs, or will run again. */
export class EnvironmentNotes {
  readonly #note: HostNote;
  readonly #prefixes = new Set<string>();
  #writing: NodeJS.Timeout | undefined;

  constructor(ledger: Ledger) {
    this.#note = ledger.note(KIND);
  }

  used(prefix: string): void {
    if (this.#prefixes.has(prefix)) return;
    this.#prefixes.add(prefix);
    this.#writing ??= setTimeout(() => {
      this.#writing = undefined;
      this.#note.write(JSON.stringify([...this.#prefixes]));
    }, SOON_MILLISECONDS).unref();
  }

  close(): void {
    clearTimeout(this.#writing);
    if (this.#prefixes.size > 0) this.#note.remove();
  }
}

/** The environments that running hosts with this state folder use on this machine. */
export async function notedEnvironments(state: StateFolder): Promise<ReadonlySet<string>> {
  const notes = await readNotes(new Ledger(state.instances), KIND);
  return new Set(notes.flatMap(({ text }) => prefixesIn(text)));
}

/** A host that is killed while it writes leaves a part of a note. */
function prefixesIn(text: string): readonly string[] {
  try {
    const prefixes: unknown = JSON.parse(text);
    return Array.isArray(prefixes) ? prefixes.filter((prefix) => typeof prefix === 'string') : [];
  } catch {
    return [];
  }
}

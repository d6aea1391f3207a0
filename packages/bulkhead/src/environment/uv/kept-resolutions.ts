import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Resolution, ResolutionRequest } from '../../conflicts/resolver.ts';
import { isRecord } from '../../lifecycle/is-record.ts';
import { makePrivateFolder } from '../../lifecycle/private-folder.ts';
import { writeAtomically } from '../../lifecycle/write-atomically.ts';
import { hashOf } from '../build/identity.ts';

/** All that decides an answer. */
export interface Question {
  readonly request: ResolutionRequest;
  /** Such as `uv 0.13.9`. */
  readonly resolver: string;
  /** Version, build and machine of the Python that is resolved for. */
  readonly python: readonly string[];
  /** As in `ConfiguredIndex`. */
  readonly index: Readonly<Record<string, string>>;
}

/** Answers of another form than this are not found. */
const FORM = 1;
const KEPT_MILLISECONDS = 7 * 24 * 3_600_000;
const OUTCOMES: readonly unknown[] = ['resolved', 'unsolvable', 'failed'] satisfies readonly Resolution['outcome'][];

/** Answers of the resolver, each in a file named by its question. Without a day to go back to, an answer holds on the day it was given. */
export class KeptResolutions {
  readonly #folder: string;
  #isSwept = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async find(question: Question): Promise<Resolution | undefined> {
    try {
      const found: unknown = JSON.parse(await readFile(this.#fileOf(question), 'utf8'));
      return isRecord(found) && OUTCOMES.includes(found['outcome']) ? (found as unknown as Resolution) : undefined;
    } catch {
      return undefined; // missing or damaged: it is asked again
    }
  }

  /** Keeps what the index has said, and what only a build could say; not that somebody did not answer. */
  async keep(question: Question, resolution: Resolution): Promise<void> {
    const isAnswer = resolution.outcome !== 'failed' || resolution.unbuilt !== undefined;
    if (!isAnswer || mayChangeToday(question)) return;
    try {
      makePrivateFolder(this.#folder);
      writeAtomically(this.#fileOf(question), JSON.stringify(resolution));
      if (!this.#isSwept) await this.#sweep();
    } catch {
      // a disk that is full: it is asked again
    }
  }

  #fileOf({ request, ...rest }: Question): string {
    const day = request.asOf === undefined ? new Date().toISOString().slice(0, 10) : '';
    return join(this.#folder, `${hashOf(JSON.stringify([FORM, day, request, rest]))}.json`);
  }

  async #sweep(): Promise<void> {
    this.#isSwept = true;
    for (const name of await readdir(this.#folder)) {
      const file = join(this.#folder, name);
      if (Date.now() - (await stat(file)).mtimeMs > KEPT_MILLISECONDS) await rm(file, { force: true });
    }
  }
}

const FILES = ['UV_CONSTRAINT', 'UV_OVERRIDE', 'UV_EXCLUDE', 'UV_BUILD_CONSTRAINT'];
const PLACES = ['UV_FIND_LINKS', 'UV_INDEX', 'UV_DEFAULT_INDEX', 'UV_INDEX_URL', 'UV_EXTRA_INDEX_URL'];

/** Whether the answer depends on something that changes from one run to the next: files of this disk, or what an address holds. */
function mayChangeToday({ request: { plugins, settings }, index }: Question): boolean {
  const isElsewhere = (place: string): boolean => /^(?:[\w-]+=)?https?:/.test(place);
  const places = PLACES.flatMap((name) => index[name]?.split(/[\s,]+/) ?? []).filter((place) => place !== '');
  return (
    plugins.some(
      ({ requirements, unnamed }) => unnamed.length > 0 || requirements.some((each) => each.includes('@')),
    ) ||
    ['sources', 'find-links', 'index'].some((name) => name in settings) ||
    FILES.some((name) => name in index) ||
    !places.every(isElsewhere)
  );
}

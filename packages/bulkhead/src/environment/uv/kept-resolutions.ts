import type { Resolution, ResolutionRequest } from '../../conflicts/resolver.ts';
import { DatedAnswers } from '../build/dated-answers.ts';

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

/** Answers of uv. */
export class KeptResolutions {
  readonly #answers: DatedAnswers<Resolution>;

  constructor(folder: string) {
    this.#answers = new DatedAnswers(folder);
  }

  async find(question: Question): Promise<Resolution | undefined> {
    return await this.#answers.find(question, question.request.asOf);
  }

  /** Keeps what the index has said, and what only a build could say; not that somebody did not answer. */
  async keep(question: Question, resolution: Resolution): Promise<void> {
    const isAnswer = resolution.outcome !== 'failed' || resolution.unbuilt !== undefined;
    if (isAnswer && !mayChangeToday(question)) await this.#answers.keep(question, question.request.asOf, resolution);
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

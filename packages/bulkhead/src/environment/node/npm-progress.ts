import type { ProgressReporter } from '../build/progress-reporter.ts';

/** Milliseconds between two counts: a log that nobody watches has a line for each. */
const PACE = 1000;

/** Tells what npm does, which says little by itself: its log of requests is counted. */
export class NpmProgress {
  readonly #reporter: ProgressReporter;
  #total: number | undefined;
  readonly #files = new Set<string>();
  readonly #described = new Set<string>();
  #told = Number.NEGATIVE_INFINITY;

  constructor(reporter: ProgressReporter) {
    this.#reporter = reporter;
  }

  /** The packages are known now. */
  installing(total: number): void {
    this.#total = total;
    this.#files.clear();
    this.#reporter.tell('installing', `installing ${packages(total)}`);
  }

  line(line: string): void {
    const [, address] = /^npm http (?:fetch GET 200|cache) (\S+)/.exec(line) ?? [];
    if (address === undefined) return;
    if (/\.tgz(?:$|\?)/.test(address)) this.#downloaded(address);
    else if (this.#total === undefined) this.#resolved(address);
  }

  /** To resolve what comes from an address, npm has to download it. */
  #downloaded(address: string): void {
    this.#files.add(address);
    if (this.#total === undefined || !(this.#files.size === this.#total || this.#mayTell())) return;
    this.#reporter.tell('downloading', `downloading packages: ${this.#files.size} of ${this.#total}`);
  }

  #resolved(address: string): void {
    this.#described.add(address);
    if (!this.#mayTell()) return;
    this.#reporter.tell('resolving', `resolving: ${packages(this.#described.size)} looked up`);
  }

  #mayTell(): boolean {
    const now = performance.now();
    if (now - this.#told < PACE) return false;
    this.#told = now;
    return true;
  }
}

function packages(count: number): string {
  return `${count} package${count === 1 ? '' : 's'}`;
}

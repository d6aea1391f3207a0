import type { Exposition, Labels, Metric, MetricOptions, Sample } from './exposition.ts';

/** A number for each set of labels that it was given. */
class Tally<Name extends string> {
  readonly #name: string;
  readonly #byLabels = new Map<string, { readonly labels: Labels<Name>; value: number }>();

  constructor(name: string) {
    this.#name = name;
  }

  add(labels: Labels<Name>, amount: number): void {
    const key = JSON.stringify(labels);
    const known = this.#byLabels.get(key);
    if (known === undefined) this.#byLabels.set(key, { labels, value: amount });
    else known.value += amount;
  }

  samples(): Sample[] {
    return [...this.#byLabels.values()].map(({ labels, value }) => ({ name: this.#name, labels, value }));
  }
}

/** Only grows. */
export class Counter<Name extends string> implements Metric {
  readonly type = 'counter';
  readonly about: MetricOptions;
  readonly #tally: Tally<Name>;
  readonly #look: (() => Promise<void>) | undefined;

  /** @param look counts what has to be looked for, before each text */
  constructor(exposition: Exposition, about: MetricOptions, look?: () => Promise<void>) {
    this.about = about;
    this.#tally = new Tally(about.name);
    this.#look = look;
    exposition.add(this);
  }

  inc(labels: Labels<Name>, amount = 1): void {
    this.#tally.add(labels, amount);
  }

  async samples(): Promise<readonly Sample[]> {
    await this.#look?.();
    return this.#tally.samples();
  }
}

/** Grows and shrinks. */
export class Gauge<Name extends string> implements Metric {
  readonly type = 'gauge';
  readonly about: MetricOptions;
  readonly #tally: Tally<Name>;

  constructor(exposition: Exposition, about: MetricOptions) {
    this.about = about;
    this.#tally = new Tally(about.name);
    exposition.add(this);
  }

  inc(labels: Labels<Name>): void {
    this.#tally.add(labels, 1);
  }

  dec(labels: Labels<Name>): void {
    this.#tally.add(labels, -1);
  }

  samples(): readonly Sample[] {
    return this.#tally.samples();
  }
}

/** Adds up what is found at the time that it is asked. */
export class GaugeOnDemand<Name extends string> implements Metric {
  readonly type = 'gauge';
  readonly about: MetricOptions;
  readonly #look: () => Promise<Iterable<readonly [Labels<Name>, number]>>;

  constructor(
    exposition: Exposition,
    about: MetricOptions,
    look: () => Promise<Iterable<readonly [Labels<Name>, number]>>,
  ) {
    this.about = about;
    this.#look = look;
    exposition.add(this);
  }

  async samples(): Promise<readonly Sample[]> {
    const tally = new Tally<Name>(this.about.name);
    for (const [labels, value] of await this.#look()) tally.add(labels, value);
    return tally.samples();
  }
}

/** The names and values that tell the lines of one metric from each other. */
export type Labels<Name extends string = string> = Readonly<Record<Name, string>>;

/** One line. */
export interface Sample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

/** What a person reads of a metric. */
export interface MetricOptions {
  readonly name: string;
  readonly help: string;
}

export interface Metric {
  readonly about: MetricOptions;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** The values now. Asked for once for each text. */
  samples(): readonly Sample[] | Promise<readonly Sample[]>;
}

/**
 * The metrics of one manager, in the text format of Prometheus, version 0.0.4. The usual library takes as long to load as all else
 * of the host, which loads before anybody asks for a metric: it has to count from the start.
 */
export class Exposition {
  readonly #metrics: Metric[] = [];

  add(metric: Metric): void {
    this.#metrics.push(metric);
  }

  async text(): Promise<string> {
    const blocks = await Promise.all(this.#metrics.map(async (metric) => blockOf(metric, await metric.samples())));
    return `${blocks.join('\n\n')}\n`;
  }
}

function blockOf({ about: { name, help }, type }: Metric, samples: readonly Sample[]): string {
  return [`# HELP ${name} ${escaped(help)}`, `# TYPE ${name} ${type}`, ...samples.map(lineOf)].join('\n');
}

function lineOf({ name, labels, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text).replaceAll('"', '\\"')}"`);
  return `${name}{${pairs.join(',')}} ${value}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

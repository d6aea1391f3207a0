import { parseArgs } from 'node:util';
import { FLOODS } from './floods.ts';

export interface ChaosOptions {
  /** How long faults are injected; 0: not at all. */
  readonly seconds: number;
  readonly seed: number;
  /** Attacks of the hostile plugin, each on a host of its own. */
  readonly floods: readonly string[];
  /** How many of these hosts run at the same time. */
  readonly together: number;
  /** Whether attacks without an end take a fraction of a second, and not two seconds. */
  readonly brief: boolean;
}

const USAGE = `usage: npm run chaos [-- --seconds N --seed S --floods all|none|KIND,KIND... --together N --brief]
kinds of floods: ${Object.keys(FLOODS).join(', ')}`;

export function readOptions(): ChaosOptions {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
      floods: { type: 'string', default: 'all' },
      together: { type: 'string', default: '1' },
      brief: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  const [seconds, seed, together] = [values.seconds, values.seed, values.together].map(Number) as [
    number,
    number,
    number,
  ];
  const floods = floodsOf(values.floods);
  if (!(seconds >= 0) || !Number.isInteger(seed) || !(together >= 1) || floods.some((kind) => !(kind in FLOODS))) {
    console.error(USAGE);
    process.exit(2);
  }
  return { seconds, seed, floods, together, brief: values.brief };
}

function floodsOf(value: string): readonly string[] {
  if (value === 'none') return [];
  return value === 'all' ? Object.keys(FLOODS) : value.split(',');
}

import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { ErrorCode } from 'bulkhead';
import type { Random } from './random.ts';

/** A call with a known right answer. */
export interface Check {
  readonly action: string;
  readonly input: unknown;
  readonly timeout?: number;
  /** Milliseconds after which the caller aborts. */
  readonly abortAfter?: number;
  /** A stream's answer is the array of the chunks that were taken. */
  isRight(answer: unknown): boolean;
  /** How many chunks of a stream the caller takes before it leaves. */
  readonly take?: number;
  /** Codes with which this very call may fail, whichever plugin it goes to. */
  readonly mayFailWith?: readonly ErrorCode[];
  /** Messages that the plugin may raise, each excused like the failure `as` that stands behind it. */
  readonly mayRaise?: readonly { readonly message: RegExp; readonly as: ErrorCode }[];
  /** The source of the input, which must be closed when the call is over. */
  readonly source?: Rows;
}

const MAXIMUM_BYTES = 3 << 20;

export function honestCheck(random: Random): Check {
  return random.pick([
    structured,
    structured,
    binary,
    binary,
    computed,
    computed,
    streamed,
    streamed,
    fed,
    handedOn,
    elsewhere,
    byChild,
  ])(random);
}

function structured(random: Random): Check {
  const input = {
    number: random.integer(-(2 ** 31), 2 ** 31),
    large: BigInt(random.integer(1, 1000)) * 2n ** 53n,
    text: `æ—${random.integer(0, 1e9)}`,
    list: Array.from({ length: random.integer(0, 40) }, () => random.fraction()),
    nested: { bytes: random.bytes(random.integer(0, 64)), none: null, flag: random.fraction() < 0.5 },
  };
  return { action: 'execute', input, isRight: (answer) => isDeepStrictEqual(answer, input) };
}

function binary(random: Random): Check {
  // small sizes as often as large ones, on both sides of the threshold of bodies
  const data = random.bytes(Math.floor(MAXIMUM_BYTES ** random.fraction()) - 1);
  const sha256 = createHash('sha256').update(data).digest('hex');
  return {
    action: 'digest',
    input: { data },
    isRight: (answer) => isDeepStrictEqual(answer, { sha256, size: data.length, data }),
  };
}

function computed(random: Random): Check {
  const numbers = Array.from({ length: random.integer(0, 200) }, () => random.integer(-1000, 1000));
  const right = {
    sum: numbers.reduce((total, number) => total + number, 0),
    squares: numbers.reduce((total, number) => total + number * number, 0),
  };
  return { action: 'compute', input: { numbers }, isRight: (answer) => isDeepStrictEqual(answer, right) };
}

/** A stream that the caller reads to its end, or leaves on the way. */
function streamed(random: Random): Check {
  const start = random.integer(0, 1e6);
  const length = random.integer(0, 100);
  const take = random.fraction() < 0.5 ? length : random.integer(0, length);
  const right = Array.from({ length: take }, (_, index) => start + index);
  return {
    action: 'count',
    input: { start, length },
    take,
    isRight: (answer) => {
      const taken = answer as [number, Uint8Array][];
      return (
        isDeepStrictEqual(
          taken.map(([number]) => number),
          right,
        ) && taken.every(([number, bytes]) => bytes.length === number % 5000)
      );
    },
  };
}

/** Random rows for a plugin, each with some bytes. */
class Rows {
  readonly rows: readonly (readonly [number, Uint8Array])[];
  #begun = false;
  #close!: () => void;
  readonly #closed = new Promise<void>((resolve) => (this.#close = resolve));

  constructor(random: Random) {
    this.rows = Array.from({ length: random.integer(0, 100) }, () => {
      const size = random.fraction() < 0.05 ? random.integer(65_000, 300_000) : random.integer(0, 5000);
      return [random.integer(0, 1e9), random.bytes(size)] as const;
    });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown> {
    this.#begun = true;
    try {
      for (const row of this.rows) {
        if (row[0] % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
        yield row;
      }
    } finally {
      this.#close();
    }
  }

  /** Resolves when its `finally` has run, or at once if it was never begun. */
  async closed(): Promise<void> {
    if (this.#begun) await this.#closed;
  }
}

/** An input stream that the plugin reads to its end, or closes on the way. */
function fed(random: Random): Check {
  const source = new Rows(random);
  const length = source.rows.length;
  const take = random.fraction() < 0.5 ? length + 1 : random.integer(1, length + 1);
  const taken = source.rows.slice(0, take);
  const hash = createHash('sha256');
  for (const [number, data] of taken) hash.update(`${number}:`).update(data);
  const right = { count: taken.length, sha256: hash.digest('hex') };
  return {
    action: 'gather',
    input: { rows: source, take },
    source,
    isRight: (answer) => isDeepStrictEqual(answer, right),
  };
}

/** An input stream that comes back as the answer's stream. */
function handedOn(random: Random): Check {
  const source = new Rows(random);
  const length = source.rows.length;
  const take = random.fraction() < 0.5 ? length : random.integer(0, length);
  const right = source.rows.slice(0, take);
  return {
    action: 'hand_on',
    input: source,
    source,
    take,
    isRight: (answer) => isDeepStrictEqual(answer, right),
  };
}

/** Like `computed`, but the called plugin asks another plugin for the result. */
function elsewhere(random: Random): Check {
  return {
    ...computed(random),
    action: 'compute_elsewhere',
    mayRaise: [{ message: /RemoteError: .* did not answer within/, as: 'CALL_TIMEOUT' }],
  };
}

function byChild(random: Random): Check {
  const text = String(random.integer(0, 1e9));
  const right = text.split('').toReversed().join('');
  return {
    action: 'child',
    input: { text },
    isRight: (answer) => answer === right,
    mayRaise: [{ message: /died with <Signals\.SIGKILL/, as: 'PLUGIN_CRASHED' }],
  };
}

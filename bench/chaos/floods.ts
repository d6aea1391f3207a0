/** A way in which a plugin floods or deceives its host. */
export interface Flood {
  /** The attack in plugins/flood; the name of the flood unless given. */
  readonly attack?: string;
  /** How its call may end. */
  readonly outcomes: readonly string[];
  /** What the error must tell the plugin's author. */
  readonly says?: RegExp;
  /** Calls that are made to it at the same time; one unless given. */
  readonly calls?: number;
  readonly input?: () => unknown;
  /** More of its registry entry. */
  readonly entry?: object;
}

const ANSWERED = ['answered'];
const VIOLATION = ['PROTOCOL_VIOLATION'];
/** Whichever the host sees first: the end of the connection, or of the process, which the SDK ends then. */
const DISCONNECTED = ['PLUGIN_DISCONNECTED', 'PLUGIN_CRASHED'];
const RAISED = ['PLUGIN_RAISED'];
/** The answer is refused, or the connection is lost with it. */
const REFUSED = ['FRAME_REFUSED', 'RESULT_TOO_LARGE', 'PROTOCOL_VIOLATION'];

/** A start that is refused, or bounded. */
const STARTS = ['answered', 'PROTOCOL_VIOLATION', 'PLUGIN_START_TIMEOUT'];

const answered: Flood = { outcomes: ANSWERED };
const violation: Flood = { outcomes: VIOLATION };
const disconnected: Flood = { outcomes: DISCONNECTED, says: /closed its (connection|data channel|control channel)/ };
const raised: Flood = { outcomes: RAISED };
const refused: Flood = { outcomes: REFUSED };

const large = (): Uint8Array => new Uint8Array(16 << 20);

export const FLOODS: Readonly<Record<string, Flood>> = {
  nothing: answered,

  empty_frames: violation,
  empty_control_frames: violation,
  empty_maps: refused,
  empty_arrays: refused,
  nils: { outcomes: [...ANSWERED, ...REFUSED] },
  empty_bodies: refused,
  empty_typed_arrays: refused,
  timestamps: refused,
  short_texts: { outcomes: [...ANSWERED, ...REFUSED] },
  many_keys: refused,
  number_keys: refused,
  deep: refused,
  wide_and_wrong: refused,
  long_result: answered,
  long_text: answered,
  almost_text: refused,
  many_results: { outcomes: [...ANSWERED, ...VIOLATION] },
  drips: answered,

  long_error: raised,
  long_traceback: raised,
  long_causes: raised,
  many_causes: raised,
  large_error_data: raised,
  terminal_codes: raised,
  names_host_errors: raised,

  long_log: { outcomes: [...ANSWERED, ...REFUSED] },
  longer_log: { outcomes: [...ANSWERED, ...REFUSED] },
  log_fields: { outcomes: [...ANSWERED, ...VIOLATION] },
  endless_logs: answered,
  endless_progress: answered,
  endless_pongs: { outcomes: [...ANSWERED, ...VIOLATION] },
  error_lines: { outcomes: [...ANSWERED, 'CALL_TIMEOUT'] }, // the host reads no faster than it can log
  output_lines: { outcomes: [...ANSWERED, 'CALL_TIMEOUT'] },
  endless_lines: answered,
  endless_output: answered,

  host_calls: { outcomes: [...ANSWERED, ...VIOLATION] },
  host_calls_with_input: { outcomes: [...ANSWERED, ...VIOLATION, 'CALL_TIMEOUT'] },
  acquires: { outcomes: [...ANSWERED, ...VIOLATION] },
  acquires_of_one: { outcomes: [...ANSWERED, ...VIOLATION] },
  releases: { outcomes: [...ANSWERED, ...VIOLATION] },
  chunks_without_credit: violation,
  streams_without_end: violation,
  credits: violation,
  debugging: violation,

  never_reads: { outcomes: ['CALL_TIMEOUT'], calls: 8, input: large },
  half_closes: disconnected,
  half_closes_reading: disconnected,
  half_closes_control: disconnected,
  closes_data: disconnected,
  closes_control: disconnected,
  closes_all: disconnected,
  violates_in_c: { outcomes: VIOLATION, calls: 8, input: large, entry: { timeouts: { call: '3s', stop: '1s' } } },
  floods_when_stopped: answered,
  leaves_sockets_open: { outcomes: ['PLUGIN_CRASHED'] },
  dies_in_a_frame: { outcomes: ['PLUGIN_CRASHED'] },
  exits_while_it_floods: { outcomes: ['PLUGIN_CRASHED'] },

  garbage_on_data: violation,
  garbage_on_control: violation,
  garbage_on_lifeline: answered,
  garbage_everywhere: violation,
  data_on_control: violation,
  endless_frame: { outcomes: [...REFUSED, 'CALL_TIMEOUT'] },
  endless_body: { outcomes: [...ANSWERED, ...REFUSED, 'CALL_TIMEOUT'] }, // it is answered where it comes to its end
  many_large_bodies: { outcomes: [...REFUSED, 'CALL_TIMEOUT'] },
  prototype_keys: { outcomes: [...ANSWERED, ...REFUSED] },

  large_ready: { outcomes: STARTS },
  large_metadata: { outcomes: STARTS },
  many_hooks: { outcomes: STARTS },
  is_never_ready: { outcomes: ['PLUGIN_START_TIMEOUT'], entry: { timeouts: { start: '2s', stop: '1s' } } },
  calls_before_it_is_ready: { outcomes: STARTS },

  four_at_once: { attack: 'endless_logs', outcomes: ANSWERED, calls: 4, entry: { instances: { max: 4 } } },
  four_large_answers: {
    attack: 'empty_maps',
    outcomes: [...REFUSED, 'CALL_TIMEOUT'],
    calls: 4,
    entry: { instances: { max: 4 } },
  },

  leaves_children: answered,
  holds_output_open: { outcomes: ['PLUGIN_CRASHED'] },
};

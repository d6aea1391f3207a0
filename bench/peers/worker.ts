/** One worker process of a peer, started and ready. */
export interface Worker {
  /** The pid of the process that echoes, for the test that kills it. */
  readonly pid: number;
  /** Sends a value there and back; a peer without binary values sends its text form. */
  binary(data: Uint8Array): Promise<Uint8Array>;
  structured(value: unknown): Promise<unknown>;
  close(): Promise<void>;
}

export interface Peer {
  /** How the peer is used, for the page. */
  readonly what: string;
  /** Starts a worker and answers it, ready to be called. */
  start(): Promise<Worker>;
  /** Calls may overlap; true unless given. */
  readonly overlaps?: boolean;
  /** It has one worker for a process, started when it is imported: only one start can be measured; false unless given. */
  readonly startsOnce?: boolean;
  /** Whether 100 MiB are tried; false unless given. */
  readonly large?: boolean;
}

/** Where peers are installed, and the interpreter with their packages. */
export interface Tools {
  readonly folder: string;
  readonly python: string;
}

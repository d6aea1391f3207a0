/** One worker process of a peer, started and ready. */
export interface Worker {
  /** Of the process that echoes, to be killed. */
  readonly pid: number;
  /** There and back; text is what a peer without binary values would make of it. */
  binary(data: Uint8Array): Promise<Uint8Array>;
  structured(value: unknown): Promise<unknown>;
  close(): Promise<void>;
}

export interface Peer {
  /** How it was used, for the page. */
  readonly what: string;
  /** From nothing to a worker that can be called. */
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

/** What the host asks of a logger. A [pino](https://getpino.io) logger has all of it. */
export interface HostLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** From which on it takes lines, by the names of pino: plugins don't send what nobody reads. `info` unless given. */
  readonly level?: string;
}

type Action<Given extends unknown[]> = (...given: Given) => Promise<number>;
/** Makes of a command what commander calls. */
export type KeepExitCode = <Given extends unknown[]>(command: Action<Given>) => (...given: Given) => Promise<void>;

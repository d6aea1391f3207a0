const CURES: Readonly<Record<string, string>> = {
  EMFILE: 'Raise the limit of open files of this process (`ulimit -n`).',
  ENFILE: 'The limit of open files of the whole machine is reached: raise it, or end what keeps many open.',
  EAGAIN: 'Raise the limit of processes of this user (`ulimit -u`, or the pids limit of the container).',
  ENOMEM: 'End what uses the memory, or give the machine or container more.',
};

/** The cure if an error says that the system has no room for more files, processes or memory; undefined for any other error. */
export function cureOfExhaustion(error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? '';
  return Object.hasOwn(CURES, code) ? CURES[code] : undefined;
}

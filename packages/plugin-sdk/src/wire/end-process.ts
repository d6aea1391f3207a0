import { fstatSync, writeSync } from 'node:fs';

/** The host knows this status: the plugin has closed, replaced or shut down a channel. */
export const BROKEN_STATUS = 76;

/** Kills this process and all that it started: the host made it leader of a process group. */
export function killWithDescendants(): void {
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    process.kill(process.pid, 'SIGKILL'); // it leads none, as in a container
  }
}

/** Standard error may be closed as well. */
export function complain(reason: string): void {
  try {
    writeSync(2, `${reason}\n`);
  } catch {
    // nobody listens
  }
}

/** The open files behind descriptors to the host, to notice that the plugin has closed or replaced one. */
export class Descriptors {
  readonly #known: ReadonlyMap<string, { readonly fd: number; readonly identity: string | undefined }>;

  /** @param named by what each is, for the message */
  constructor(named: Readonly<Record<string, number>>) {
    this.#known = new Map(Object.entries(named).map(([name, fd]) => [name, { fd, identity: identityOf(fd) }]));
  }

  /** What the plugin did to one; undefined: nothing. */
  get damage(): string | undefined {
    for (const [name, { fd, identity }] of this.#known) {
      const found = identityOf(fd);
      if (found === identity) continue;
      const done = found === undefined ? 'closed' : 'replaced';
      return `This plugin can't go on: it has ${done} file descriptor ${fd}, the ${name} to its host. Plugins must leave it alone.`;
    }
    return undefined;
  }
}

function identityOf(fd: number): string | undefined {
  try {
    const { dev, ino } = fstatSync(fd);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

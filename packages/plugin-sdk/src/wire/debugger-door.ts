import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A WebSocket is asked for by what a debugger sends first; pages that list what can be debugged are not. */
const UPGRADE = /^upgrade: *websocket\r?$/im;

/**
 * Lets debuggers in to Node's inspector, which says of none that it is there. It listens on this machine only.
 *
 * @param inspector the port on which the inspector listens
 * @param port where debuggers come; 0: any that is free
 * @param changed hears whenever one has attached or left
 * @returns where they come @throws Error of the system, such as for a port that is taken
 */
export async function openDebuggerDoor(
  inspector: number,
  { host, port }: { readonly host: string; readonly port: number },
  changed: (attached: boolean) => void,
): Promise<number> {
  const server = createServer((outer) => join(outer, connect(inspector, host), changed));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  server.unref();
  return (server.address() as AddressInfo).port;
}

function join(outer: Socket, inner: Socket, changed: (attached: boolean) => void): void {
  let isDebugger = false;
  outer.once('data', (first) => {
    isDebugger = UPGRADE.test(first.toString('latin1'));
    if (isDebugger) changed(true);
  });
  outer.once('close', () => {
    if (isDebugger) changed(false);
  });
  for (const [one, other] of [
    [outer, inner],
    [inner, outer],
  ] as const) {
    one.on('error', () => other.destroy());
    one.pipe(other);
  }
}

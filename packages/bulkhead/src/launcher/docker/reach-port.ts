import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { ContainerEngine } from '../../engine/container-engine.ts';
import { separate } from '../../engine/output-frames.ts';

export interface PortInside {
  readonly engine: ContainerEngine;
  /** Of the container. */
  readonly id: string;
  /** The program that joins its standard streams with that port. */
  readonly relay: readonly string[];
  /** When this ends, nobody reaches the port any more. */
  readonly ended: Promise<unknown>;
}

/** A debugger that connects may run any code in the container, so only this machine may connect. */
const LOOPBACK = '127.0.0.1';

/**
 * Makes a port of a container's own loopback a port of this machine's, also where the container has no network: each connection is
 * carried by a program that the engine runs in the container.
 *
 * @param port 0: any that is free
 * @returns the port here. @throws the system's error when it is taken
 */
export async function reachPort({ engine, id, relay, ended }: PortInside, port: number): Promise<number> {
  const over = new AbortController();
  const join = async (client: Socket): Promise<void> => {
    client.on('error', () => {}).unref(); // it closes
    try {
      const inside = await engine.exec(id, relay, over.signal);
      inside.on('error', () => {}).unref();
      const { stdout, stderr } = separate(inside);
      stderr.resume(); // of a relay that finds nobody there
      client.pipe(inside);
      stdout.pipe(client);
      client.once('close', () => inside.destroy());
      stdout.once('end', () => client.end());
    } catch {
      client.destroy(); // the container is gone, or its engine
    }
  };
  const server = createServer({ pauseOnConnect: true }, (client) => void join(client));
  server.listen({ host: LOOPBACK, port, exclusive: true });
  await once(server, 'listening');
  server.unref();
  void ended.then(() => {
    over.abort();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

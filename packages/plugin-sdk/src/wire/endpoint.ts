import { connect, Socket } from 'node:net';
import { join } from 'node:path';

/** Where a channel is: an inherited descriptor, or the path of a socket. */
export type Place = number | string;

export interface Endpoint {
  readonly data: Place;
  readonly control: Place;
}

/**
 * What the host says to talk over: `fd:3,4`, or `unix:FOLDER` with the sockets `data` and `control` in it.
 *
 * @throws RangeError
 */
export function readEndpoint(written: string): Endpoint {
  const [, data, control] = /^fd:(\d+),(\d+)$/.exec(written) ?? [];
  if (data !== undefined && control !== undefined) return { data: Number(data), control: Number(control) };
  const [, folder] = /^unix:(.+)$/s.exec(written) ?? [];
  if (folder !== undefined) return { data: join(folder, 'data'), control: join(folder, 'control') };
  throw new RangeError(
    `the endpoint ${JSON.stringify(written)} is none that this SDK knows: fd:DATA,CONTROL or unix:FOLDER`,
  );
}

/** As the host names it: `fd:5` or `unix:PATH`. @throws RangeError */
export function readPlace(written: string): Place {
  const [, fd] = /^fd:(\d+)$/.exec(written) ?? [];
  if (fd !== undefined) return Number(fd);
  const [, path] = /^unix:(.+)$/s.exec(written) ?? [];
  if (path !== undefined) return path;
  throw new RangeError(`${JSON.stringify(written)} is neither fd:NUMBER nor unix:PATH`);
}

export function openPlace(place: Place): Socket {
  return typeof place === 'number' ? new Socket({ fd: place, readable: true, writable: true }) : connect(place);
}

import type { Socket } from 'node:net';
import { pipeline } from 'node:stream';

/** Joins two connections until both directions have ended, or one of the two is lost. Each waits for a slow reader. */
export function tunnel(one: Socket, other: Socket): void {
  const done = (error?: Error | null): void => {
    if (!error) return;
    one.destroy();
    other.destroy();
  };
  pipeline(one, other, done);
  pipeline(other, one, done);
}

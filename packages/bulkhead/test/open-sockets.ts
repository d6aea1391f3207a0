import { readdirSync, readlinkSync } from 'node:fs';

/** Descriptors of this process that are sockets. On Linux only. */
export function openSockets(): string[] {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
    } catch {
      return false; // closed meanwhile: that of the listing itself
    }
  });
}

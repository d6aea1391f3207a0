import { once } from 'node:events';
import { connect } from 'node:net';

/** Whether something listens at an address of ZeroMQ. */
export async function isTaken(address: string): Promise<boolean> {
  const socket = connect(placeOf(address));
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function placeOf(address: string): { path: string } | { host: string; port: number } {
  if (address.startsWith('ipc://')) return { path: address.slice('ipc://'.length) };
  const [, host = '', port = ''] = /^tcp:\/\/(.*):(\d+)$/.exec(address) ?? [];
  return { host: host === '*' || host === '0.0.0.0' ? '127.0.0.1' : host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

export const AN_ADDRESS = 'an address such as tcp://127.0.0.1:5555 or ipc:///run/service';
/** Of ZeroMQ, as far as they are offered. */
export const ADDRESS: RegExp = /^(?:tcp:\/\/(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+|\*):\d{1,5}|ipc:\/\/\/[^\0]+)$/;
export const ADDRESS_OR_ANY_PORT: RegExp =
  /^(?:tcp:\/\/(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):(?:\d{1,5}|\*)|ipc:\/\/\/[^\0]+)$/;

/** Whether a value is an address at all, so that more can be said of it. */
export function isAddress(value: unknown): value is string {
  return typeof value === 'string' && (ADDRESS.test(value) || ADDRESS_OR_ANY_PORT.test(value));
}

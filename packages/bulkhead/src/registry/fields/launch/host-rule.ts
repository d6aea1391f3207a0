import { isIP, isIPv6 } from 'node:net';

/** What a plugin may reach: a host by its name, or addresses, on some ports. */
export type HostRule = { readonly written: string; readonly ports: readonly number[] } & (
  | {
      readonly kind: 'name';
      /** In lower case. */
      readonly name: string;
      /** Whether the hosts below that name are meant, in place of itself: `*.example.com`. */
      readonly isBelow: boolean;
    }
  | { readonly kind: 'addresses'; readonly family: 'ipv4' | 'ipv6'; readonly address: string; readonly prefix: number }
);

/** Those of HTTP and HTTPS. */
const USUAL_PORTS = [80, 443];
const LONGEST_NAME = 253;
const WITH_PORTS = /^(.+?)(?::(\d{1,5}(?:,\d{1,5})*))?$/;
const WITH_PREFIX = /^(?:\[([0-9a-f:.]+)\]|([^[\]/]+))(?:\/(\d{1,3}))?$/i;
const NAME = /^(?:\*\.)?[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/;

/** Undefined for what names no hosts. */
export function readHostRule(written: string): HostRule | undefined {
  // The colons of an address that stands without brackets are its own.
  const isBare = isIPv6(written.replace(/\/\d+$/, ''));
  const [, target = '', ports] = isBare ? ['', written] : (WITH_PORTS.exec(written) ?? []);
  const [, bracketed, plain = '', prefix] = WITH_PREFIX.exec(target) ?? [];
  const host = (bracketed ?? plain).toLowerCase().replace(/\.$/, '');
  const portNumbers = ports === undefined ? USUAL_PORTS : ports.split(',').map(Number);
  if (host === '' || !portNumbers.every((port) => port >= 1 && port <= 65_535)) return undefined;
  const common = { written, ports: portNumbers };
  const version = isIP(host);
  if (version !== 0) {
    const longest = version === 4 ? 32 : 128;
    const length = prefix === undefined ? longest : Number(prefix);
    if (length > longest) return undefined;
    return { ...common, kind: 'addresses', family: `ipv${version as 4 | 6}`, address: host, prefix: length };
  }
  // What ends in a number would be read as an address by others.
  if (bracketed !== undefined || prefix !== undefined || !NAME.test(host) || /(^|\.)\d+$/.test(host)) return undefined;
  if (host.length > LONGEST_NAME) return undefined;
  const isBelow = host.startsWith('*.');
  return { ...common, kind: 'name', name: isBelow ? host.slice(2) : host, isBelow };
}

import { BlockList, isIP } from 'node:net';
import type { HostRule } from '../../../registry/fields/launch/host-rule.ts';
import { familyOf, isPublic } from './special-addresses.ts';

/** Which hosts a plugin may reach, as its registry entry lists them. */
export class AllowedHosts {
  readonly #rules: readonly (HostRule & { readonly addresses: BlockList })[];

  constructor(rules: readonly HostRule[]) {
    this.#rules = rules.map((rule) => ({ ...rule, addresses: addressesOf(rule) }));
  }

  /** @param host a name or an address, without brackets */
  permits(host: string, port: number): boolean {
    const name = host.toLowerCase().replace(/\.$/, '');
    if (isIP(name) !== 0) return this.#lists(name, port);
    return this.#rules.some((rule) => {
      if (rule.kind !== 'name' || !rule.ports.includes(port)) return false;
      return rule.isBelow ? name.endsWith(`.${rule.name}`) : name === rule.name;
    });
  }

  /**
   * Whether a permitted name may lead to an address. Whoever controls a name decides where it leads: so it leads to the internet,
   * and to other addresses only if they are listed as well.
   */
  mayLeadTo(address: string, port: number): boolean {
    return isPublic(address) || this.#lists(address, port);
  }

  #lists(address: string, port: number): boolean {
    return this.#rules.some(
      ({ ports, addresses }) => ports.includes(port) && addresses.check(address, familyOf(address)),
    );
  }
}

/** What a rule lists beyond a name. */
function addressesOf(rule: HostRule): BlockList {
  const list = new BlockList();
  if (rule.kind === 'addresses') list.addSubnet(rule.address, rule.prefix, rule.family);
  else if (rule.name === 'localhost') {
    list.addSubnet('127.0.0.0', 8);
    list.addAddress('::1', 'ipv6');
  }
  return list;
}

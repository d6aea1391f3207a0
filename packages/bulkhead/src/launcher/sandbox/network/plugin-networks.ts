import type { ChildProcess } from 'node:child_process';
import { Server } from 'node:net';
import type { PluginSpec } from '../../../registry/plugin-spec.ts';
import { Names } from './names.ts';
import { Outward } from './outward.ts';
import { PluginNetwork } from './plugin-network.ts';

/** Hosts that a plugin was denied are told once each, up to this many. */
const MOST_TOLD = 100;

/** The networks of a host's plugins: one for each process whose registry entry lists hosts, shared by its forks. */
export class PluginNetworks {
  readonly #names = new Names();
  readonly #denied: (plugin: string, target: string) => void;
  /** By plugin. */
  readonly #told = new Map<string, Set<string>>();

  /** @param denied called once for each plugin and host */
  constructor(denied: (plugin: string, target: string) => void) {
    this.#denied = denied;
  }

  /** Serves the process over a socket that its bootstrap hands over, until it has ended. */
  open({ id, launch }: PluginSpec, child: ChildProcess, ended: Promise<unknown>): void {
    const rules = launch.permissions?.network;
    if (rules === undefined || typeof rules === 'boolean') return;
    const network = new PluginNetwork(new Outward(rules, this.#names, (target) => this.#tell(id, target)));
    child.on('message', (_, handle) => {
      if (handle instanceof Server) network.serve(handle);
    });
    child.on('error', () => {}); // the channel is of no use then, and the bootstrap says so
    child.channel?.unref();
    void ended.then(() => network.close());
  }

  #tell(plugin: string, target: string): void {
    const told = this.#told.get(plugin) ?? new Set();
    this.#told.set(plugin, told);
    if (told.has(target) || told.size >= MOST_TOLD) return;
    told.add(target);
    this.#denied(plugin, target);
  }
}

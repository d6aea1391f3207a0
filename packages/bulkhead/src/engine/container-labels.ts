import { hostName, isHostAlive } from '../lifecycle/host-name.ts';
import { machineName } from '../lifecycle/machine-name.ts';

/** Of every container that Bulkhead makes: where its host runs. */
export const MACHINE_LABEL = 'bulkhead.machine';
const HOST_LABEL = 'bulkhead.host';
const PLUGIN_LABEL = 'bulkhead.plugin';

export type Labels = Readonly<Record<string, string>>;

/** What a container of this host is labelled with, for people and for the host after this one. */
export function ownLabels(plugin: string, more: Labels = {}): Labels {
  return { [MACHINE_LABEL]: machineName(), [HOST_LABEL]: hostName(process.pid), [PLUGIN_LABEL]: plugin, ...more };
}

/** The filter for events of this host's containers. */
export function ownFilter(): string {
  return `${HOST_LABEL}=${hostName(process.pid)}`;
}

/** Whether the host that made a container is gone. One of another machine, or of another container, can't be judged from here. */
export function isLeftOver(labels: Labels): boolean {
  const machine = labels[MACHINE_LABEL];
  const host = labels[HOST_LABEL];
  if (machine === undefined || host === undefined) return false;
  if (machine === machineName()) return !isHostAlive(host);
  const [name, boot] = machine.split('~');
  const [ownName, ownBoot] = machineName().split('~');
  return name === ownName && boot !== ownBoot; // it was started before this machine was
}

import { StateFolder } from '../../environment/state-folder.ts';
import { type HostedResource, notedLeases } from '../../manager/noted-leases.ts';
import { leaseView } from '../../views/lease-view.ts';
import { jsonText } from '../../views/json-text.ts';
import { type Cell, table } from '../output/table.ts';
import type { Output, Terminal } from '../output/terminal.ts';

/** `bulkhead locks`: who holds which resource in the hosts that run, and who waits. */
export async function locksCommand({ out, json }: Terminal): Promise<number> {
  const resources = await notedLeases(StateFolder.of(process.env));
  if (json)
    out.write(
      `${jsonText({ resources: resources.map(leaseView) }, { pretty: out.isTerminal, columns: out.columns })}\n`,
    );
  else if (resources.length === 0) out.write('No running host has a resource that is held or waited for.\n');
  else out.write(table([HEAD, ...resources.flatMap((resource) => rows(resource, out))]));
  return 0;
}

const HEAD = ['RESOURCE', 'UNITS', 'OWNER', 'STATE', 'FOR', 'MODE', 'HOST'];

function rows({ name, capacity, holders, waiting, host }: HostedResource, { colours }: Output): Cell[][] {
  const now = Date.now();
  const row = ({ owner, mode, amount, since }: HostedResource['holders' | 'waiting'][number], state: Cell): Cell[] => [
    name,
    capacity === null ? '-' : `${amount}/${capacity}`,
    owner,
    state,
    `${(Math.max(0, now - since) / 1000).toFixed(1)} s`,
    mode,
    host.state === 'running' ? String(host.pid) : `${host.pid} (${host.state})`,
  ];
  return [
    ...holders.map((holder) => row(holder, { text: 'holds', colour: colours.green })),
    ...waiting.map((waiter) => row(waiter, { text: 'waits', colour: colours.yellow })),
  ];
}

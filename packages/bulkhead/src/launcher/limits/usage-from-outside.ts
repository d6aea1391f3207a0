import type { RunningProcess } from '../ledger/read-ledger.ts';
import { scratchSize } from '../sandbox/scratch-size.ts';
import { ControlGroup } from './control-group.ts';
import { isGroupOfPlugin } from './control-groups.ts';
import { CONTROLLERS, type GroupFolder, groupFoldersOf } from './group-folders.ts';
import { ProcessTable } from './process-table.ts';
import { type Usage, usageOf } from './usage.ts';

/** What processes use that other hosts have started, in their order; undefined of one that is gone. */
export async function usageFromOutside(running: readonly RunningProcess[]): Promise<readonly (Usage | undefined)[]> {
  if (running.length === 0) return [];
  const table = ProcessTable.read();
  const apart = new Set(running.map(({ pid }) => pid));
  return await Promise.all(
    running.map(async (each) =>
      usageOf({
        rows: table.tree(each, apart),
        group: groupOf(each),
        disk: each.scratch === undefined ? undefined : await scratchSize(each.pid, each.scratch),
        isTemplate: each.role === 'template',
      }),
    ),
  );
}

/** Its own, or that of the container that it has for itself: no group that it shares with its host, or with other instances. */
function groupOf({ pid, start }: RunningProcess): ControlGroup {
  const folders = groupFoldersOf(pid);
  const own: Partial<Record<(typeof CONTROLLERS)[number], GroupFolder>> = {};
  for (const controller of CONTROLLERS) {
    const folder = folders[controller];
    if (folder !== undefined && (start?.mode === 'container' || isGroupOfPlugin(folder))) own[controller] = folder;
  }
  return new ControlGroup(own);
}

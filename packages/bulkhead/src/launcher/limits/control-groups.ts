import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { hostName, isHostAlive } from '../../lifecycle/host-name.ts';
import { messageOf } from '../../lifecycle/message-of.ts';
import { ControlGroup, type GroupLimits } from './control-group.ts';
import { type Controller, CONTROLLERS, type GroupFolder, type GroupFolders } from './group-folders.ts';
import { findGroupPlaces, type GroupPlaces, openGroupPlaces } from './group-places.ts';

/** Of each group's name; the name of its host follows, and that of its process in the ledger. */
const PREFIX = 'bulkhead-';
const NAME = /^bulkhead-(\d+-\d*)-/;

/** A group, and why it does not hold some of the limits that were asked for. */
export interface MadeGroup {
  /** Undefined: it would hold none. */
  readonly group: ControlGroup | undefined;
  readonly reasons: Readonly<Partial<Record<Controller, string>>>;
}

/** The control groups of a host's plugins: one for each process that the host starts or has forked. */
export class ControlGroups {
  readonly #variables: NodeJS.ProcessEnv;
  #places: GroupPlaces | undefined;

  constructor(variables: NodeJS.ProcessEnv) {
    this.#variables = variables;
  }

  /** @param name of the process in the ledger */
  make(name: string, limits: GroupLimits): MadeGroup {
    const places = (this.#places ??= openGroupPlaces(this.#variables));
    const folders: Partial<Record<Controller, GroupFolder>> = {};
    const held: Partial<Record<Controller, number>> = {};
    const reasons: Partial<Record<Controller, string>> = {};
    for (const [controller, limit] of Object.entries(limits) as [Controller, number][]) {
      const place = places[controller];
      if (place.reason === undefined) {
        folders[controller] = {
          ...place.parent,
          path: join(place.parent.path, `${PREFIX}${hostName(process.pid)}-${name}`),
        };
        held[controller] = limit;
      } else reasons[controller] = place.reason;
    }
    if (Object.keys(held).length === 0) return { group: undefined, reasons };
    try {
      return { group: ControlGroup.make(folders, held), reasons };
    } catch (error) {
      const reason = `the kernel makes no control group: ${messageOf(error)}`;
      return { group: undefined, reasons: Object.fromEntries(Object.keys(limits).map((each) => [each, reason])) };
    }
  }

  /** Ends what runs in the groups of hosts that are gone, and removes them. */
  async sweep(): Promise<void> {
    const places = findGroupPlaces(this.#variables);
    const parents = new Set(CONTROLLERS.flatMap((each) => pathOf(places[each])));
    const left = [...parents].flatMap((parent) =>
      namesIn(parent)
        .filter((name) => !isHostAlive(NAME.exec(name)?.[1] ?? hostName(process.pid)))
        .map((name): GroupFolders => ({ memory: { path: join(parent, name), version: 1 } })),
    );
    await Promise.all(left.map((folders) => new ControlGroup(folders).end()));
  }
}

/** Whether a folder is a group of some host's plugin. */
export function isGroupOfPlugin({ path }: GroupFolder): boolean {
  return NAME.test(basename(path));
}

function pathOf(place: GroupPlaces[Controller]): string[] {
  return place.reason === undefined ? [place.parent.path] : [];
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => NAME.test(name));
  } catch {
    return [];
  }
}

import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { messageOf } from '../../lifecycle/message-of.ts';
import { type Controller, CONTROLLERS, type GroupFolder, groupFoldersOf } from './group-folders.ts';

/** Version 2 lets no group with processes have groups of its own, so the host moves into this one, beside those of its plugins. */
const HOST_GROUP = 'bulkhead-host';

/** Where a host may make control groups with that controller, or why nowhere. */
export type GroupPlace =
  | { readonly parent: GroupFolder; readonly reason?: undefined }
  | { readonly parent?: undefined; readonly reason: string };

const OFF: GroupPlace = { reason: 'BULKHEAD_CONTROL_GROUPS is off' };

export type GroupPlaces = Readonly<Record<Controller, GroupPlace>>;

/** Looks where groups can be made, and changes nothing. They belong below that of this process: so what limits it limits them. */
export function findGroupPlaces(variables: NodeJS.ProcessEnv): GroupPlaces {
  if (variables['BULKHEAD_CONTROL_GROUPS'] === 'off') return { memory: OFF, pids: OFF, cpu: OFF };
  const own = process.platform === 'linux' ? groupFoldersOf('self') : {};
  const place = (controller: Controller): GroupPlace => {
    const folder = own[controller];
    if (folder === undefined) return { reason: `this machine shows no control groups for ${controller}` };
    return folder.version === 1 ? placeOfOld(folder) : placeOfUnified(folder, controller);
  };
  return { memory: place('memory'), pids: place('pids'), cpu: place('cpu') };
}

/** Makes the places ready; those that turn out not to be usable have a reason then. */
export function openGroupPlaces(variables: NodeJS.ProcessEnv): GroupPlaces {
  const places = { ...findGroupPlaces(variables) };
  for (const controller of CONTROLLERS) {
    const { parent } = places[controller];
    if (parent?.version !== 2) continue;
    try {
      if (holdsProcesses(parent.path)) moveInto(join(parent.path, HOST_GROUP), parent.path);
      writeFileSync(join(parent.path, 'cgroup.subtree_control'), `+${controller}`);
    } catch (error) {
      places[controller] = { reason: `the kernel gives ${parent.path} no ${controller}: ${messageOf(error)}` };
    }
  }
  return places;
}

function placeOfOld(folder: GroupFolder): GroupPlace {
  return refusal(folder.path) ?? { parent: folder };
}

function placeOfUnified({ path, version }: GroupFolder, controller: Controller): GroupPlace {
  const parent = basename(path) === HOST_GROUP ? dirname(path) : path;
  if (!words(parent, 'cgroup.controllers').includes(controller))
    return { reason: `the control group ${parent} was given no ${controller}` };
  const refused = refusal(parent) ?? refusal(join(parent, 'cgroup.subtree_control'));
  if (refused !== undefined) return refused;
  const others = holdsProcesses(parent)
    ? words(parent, 'cgroup.procs').filter((pid) => pid !== String(process.pid))
    : [];
  if (others.length > 0)
    return { reason: `other processes are in the control group ${parent} of this host, which needs one for itself` };
  return { parent: { path: parent, version } };
}

function refusal(path: string): GroupPlace | undefined {
  try {
    accessSync(path, constants.W_OK);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'EROFS' ? 'mounted read-only' : code === 'EACCES' ? "not this user's to write to" : messageOf(error);
    return { reason: `${path} is ${why}` };
  }
}

/** The root of the tree may hold processes beside groups; it alone has no type. */
function holdsProcesses(path: string): boolean {
  return existsSync(join(path, 'cgroup.type')) && words(path, 'cgroup.procs').length > 0;
}

function moveInto(group: string, parent: string): void {
  mkdirSync(group, { recursive: true });
  for (const pid of words(parent, 'cgroup.procs')) writeFileSync(join(group, 'cgroup.procs'), pid);
}

function words(folder: string, file: string): readonly string[] {
  try {
    return readFileSync(join(folder, file), 'latin1').split(/\s+/).filter(Boolean);
  } catch {
    return [];
  }
}

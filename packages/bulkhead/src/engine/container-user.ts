import { type EngineFacts, isRootless } from './container-engine.ts';

/** Of `nobody`, on every Linux. Numbers only: an image need not know any names. */
const NOBODY = '65534:65534';
/** Of a rootless engine: root of its own name space, which outside is the user that runs it. */
const ROOT_INSIDE = '0:0';

/**
 * Whom a container runs as, so that it is root only where its image says so: the image's own USER, else the user of this host,
 * who owns the plugin's files, else nobody.
 */
export function containerUser(imageUser: string | undefined, facts: EngineFacts): string {
  if (imageUser) return imageUser;
  if (isRootless(facts)) return ROOT_INSIDE;
  const isMapped = (facts.SecurityOptions ?? []).some((option) => option.startsWith('name=userns'));
  const [user, group] = [process.getuid?.(), process.getgid?.()];
  return isMapped || user === undefined || user === 0 ? NOBODY : `${user}:${group ?? user}`;
}

import { findMarkedProcesses } from '../../lifecycle/marked-processes.ts';
import { isSameProcess, signalIfSame } from '../../lifecycle/process-identity.ts';
import { wait } from '../../lifecycle/wait.ts';
import { BUILD_MARK } from './builder-variables.ts';

const LONGEST_DEATH = 5000;

/**
 * Ends what a killed host left running on the environments at `prefixes`: its uv would go on writing into folders that are
 * about to be deleted. A variable in their environment marks them, which their children inherit. Windows has no way to ask
 * for it: there, open files keep the folder from being deleted, and the build fails and says so.
 */
export async function endOrphanedBuilders(prefixes: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
  const orphans = await findMarkedProcesses(BUILD_MARK, prefixes);
  for (const orphan of orphans) signalIfSame(orphan, 'SIGKILL');
  const deadline = Date.now() + LONGEST_DEATH;
  while (orphans.some(isSameProcess) && Date.now() < deadline) await wait(10, signal);
}

import { SOCKETS_INSIDE } from '../../engine/inside.ts';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { containerCommandFor } from '../../languages/command-for.ts';
import type { LaunchRequest } from '../launcher.ts';
import type { ContainerStages } from './container-stages.ts';
import type { ContainerStart } from './start-container.ts';

/** Adds to a request what its container runs, which is given no descriptors and connects to the host itself. */
export async function inContainer(
  request: LaunchRequest,
  role: 'instance' | 'template',
  { languages }: ContainerStages,
): Promise<Omit<ContainerStart<never>, 'sockets'>> {
  const { environment, spec } = request;
  const { runtime } = environment;
  if (runtime.kind !== 'image') throw new BulkheadError('INTERNAL', { reason: 'only an image runs in a container' });
  const channels = {
    endpoint: `unix:${SOCKETS_INSIDE}`,
    lifeline: `unix:${SOCKETS_INSIDE}/lifeline`,
    descriptors: 3,
    runs: role === 'template' ? ('template' as const) : ('plugin' as const),
  };
  const command = await containerCommandFor({ environment, spec }, runtime, channels, languages);
  return { ...request, runtime, command, role };
}

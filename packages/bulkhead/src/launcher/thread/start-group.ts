import { commandFor } from '../../languages/command-for.ts';
import type { Confinement, InstanceCommand } from '../../languages/instance-command.ts';
import { hideSecrets } from '../../lifecycle/hide-secrets.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { InheritedListener } from '../forkserver/inherited-listener.ts';
import type { LaunchRequest } from '../launcher.ts';
import { CHANNEL, channelsOf, groupWiring } from '../process/descriptors.ts';
import { launchFailed } from '../process/launch-failed.ts';
import { ProcessGroup } from '../process/process-instance.ts';
import type { ProcessStages } from '../process/process-stages.ts';
import { Group } from './group.ts';

/** Tags what the process writes that is of none of its plugins. */
const NO_GENERATION = 0;

/**
 * Starts the process of a group, in which no plugin has begun.
 *
 * @param unusable called when no plugin can begin in it any more
 * @throws BulkheadError `PLUGIN_LAUNCH_FAILED`, `LIMIT_UNAVAILABLE`
 */
export async function startGroup(
  name: string,
  { environment, spec }: Pick<LaunchRequest, 'environment' | 'spec'>,
  { processes, languages }: ProcessStages,
  unusable: () => void,
): Promise<Group> {
  const listener = await InheritedListener.listen().catch((cause: unknown) => {
    throw launchFailed(spec.id, cause);
  });
  try {
    const wiring = groupWiring(listener.descriptor);
    const whole = specOfGroup(name, spec);
    const command = (confinement: Confinement): Promise<InstanceCommand> =>
      commandFor({ environment, spec: whole, confinement }, channelsOf(wiring), languages);
    const request = { command, spec: whole, generation: NO_GENERATION, role: 'group', wiring } as const;
    const { sockets, entry, ...process } = await processes.spawn(request);
    const channel = sockets[CHANNEL];
    if (channel === undefined) throw new Error('the group was given no channel');
    return new Group({
      name,
      process: new ProcessGroup(process),
      channel,
      sockets: listener,
      entry,
      hide: hideSecrets(whole.secrets),
      unusable,
      stopLimit: spec.calls.timeouts.stop,
      capture: (member, identity, { stdout, stderr }) => processes.capture(member, identity, { stdout, stderr }),
    });
  } finally {
    listener.close();
  }
}

/** The process as if it were one plugin: it may know the secrets of all. */
function specOfGroup(name: string, spec: PluginSpec): PluginSpec {
  const members = spec.environment.share?.members ?? [];
  return { ...spec, id: `group ${name}`, secrets: [...spec.secrets, ...members.flatMap(({ secrets }) => secrets)] };
}

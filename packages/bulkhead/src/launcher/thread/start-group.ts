import { commandFor } from '../../languages/command-for.ts';
import type { Confinement, InstanceCommand } from '../../languages/instance-command.ts';
import type { ReadyEnvironment } from '../../environment/ready-environment.ts';
import { hideSecrets } from '../../lifecycle/hide-secrets.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { InheritedListener } from '../forkserver/inherited-listener.ts';
import type { LaunchRequest } from '../launcher.ts';
import { CHANNEL, channelsOf, groupWiring } from '../process/descriptors.ts';
import { launchFailed } from '../process/launch-failed.ts';
import { ProcessGroup } from '../process/process-instance.ts';
import type { ProcessStages } from '../process/process-stages.ts';
import { SocketPlace } from '../socket-place.ts';
import { Group } from './group.ts';
import { resourcesOfGroup } from './whole-group.ts';

/** Tags what the process writes that is of none of its plugins. */
const NO_GENERATION = 0;
/** The name of the socket that a group accepts those of its plugins on. */
const LISTENER = 'group';

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
  const { runtime } = environment;
  // Node can't ask the kernel who has connected, so nobody else may be able to.
  const place = runtime.kind === 'node' ? await SocketPlace.make(spec.id, [LISTENER, `${LISTENER}.new`]) : undefined;
  const listener = await InheritedListener.listen(place?.path(LISTENER)).catch((cause: unknown) => {
    place?.remove();
    throw launchFailed(spec.id, cause);
  });
  try {
    const wiring = groupWiring(listener.descriptor);
    const whole = specOfGroup(name, spec, runtime);
    const command = (confinement: Confinement): Promise<InstanceCommand> =>
      commandFor({ environment, spec: whole, confinement }, channelsOf(wiring), languages);
    const request = {
      command,
      spec: whole,
      generation: NO_GENERATION,
      role: 'group',
      wiring,
      sockets: place?.folder,
    } as const;
    const { sockets, entry, ...process } = await processes.spawn(request);
    void process.ended.then(() => place?.remove());
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
  } catch (error) {
    place?.remove();
    throw error;
  } finally {
    listener.close();
  }
}

/** The process as if it were one plugin: it may know the secrets of all. */
function specOfGroup(name: string, spec: PluginSpec, runtime: ReadyEnvironment['runtime']): PluginSpec {
  const members = spec.environment.share?.members ?? [];
  const whole = {
    ...spec,
    id: `group ${name}`,
    secrets: [...spec.secrets, ...members.flatMap(({ secrets }) => secrets)],
  };
  if (runtime.kind !== 'node') return whole;
  // Threads of Node have no working folder of their own: it is that of nobody, and no plugin works by luck.
  return { ...whole, folder: runtime.prefix, launch: { ...spec.launch, resources: resourcesOfGroup(spec, runtime) } };
}

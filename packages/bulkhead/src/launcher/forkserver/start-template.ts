import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { asReason } from '../../errors/as-reason.ts';
import { errorFromRemote } from '../../errors/remote-failure.ts';
import { commandFor } from '../../languages/command-for.ts';
import type { Confinement, InstanceCommand } from '../../languages/instance-command.ts';
import { identifyChild, identifyInside, isStopped } from '../../lifecycle/process-identity.ts';
import { hideSecrets } from '../../lifecycle/hide-secrets.ts';
import { settlesWithin } from '../../lifecycle/wait.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import type { LaunchRequest } from '../launcher.ts';
import { CHANNEL, channelsOf, templateWiring, withChannel } from '../process/descriptors.ts';
import { launchFailed } from '../process/launch-failed.ts';
import type { ProcessStages } from '../process/process-stages.ts';
import { identityOf, ProcessGroup, ProcessInstance } from '../process/process-instance.ts';
import { InheritedListener } from './inherited-listener.ts';
import { Template } from './template.ts';

/** Tags the output of templates and spares, which have no generation of their own. */
export const NO_GENERATION = 0;

/** Starts the process of a template; it then imports the plugin. @throws BulkheadError `PLUGIN_LAUNCH_FAILED` */
export async function startTemplate(
  { environment, spec }: Pick<LaunchRequest, 'environment' | 'spec'>,
  { processes, languages }: ProcessStages,
): Promise<Template> {
  const sockets = await InheritedListener.listen().catch((cause: unknown) => {
    throw launchFailed(spec.id, cause);
  });
  try {
    const wiring = withChannel(templateWiring(sockets.descriptor), spec);
    const command = (confinement: Confinement): Promise<InstanceCommand> =>
      commandFor({ environment, spec, confinement }, channelsOf(wiring), languages);
    const request = { command, spec, generation: NO_GENERATION, role: 'template', wiring } as const;
    const { sockets: ends, entry, ...process } = await processes.spawn(request);
    const channel = ends[CHANNEL];
    if (channel === undefined) throw new Error('the template was given no channel');
    const { stop: stopLimit } = spec.calls.timeouts;
    const group = new ProcessGroup(process);
    const { kept } = group;
    return new Template({
      plugin: spec.id,
      hide: hideSecrets(spec.secrets),
      process: {
        exited: group.exited,
        gone: group.exited,
        diagnose: () => group.diagnose(),
        stop: (reason, grace) => group.stop(reason, grace),
        isStopped: () => isStopped(kept.identity.pid),
        identify: (fork) =>
          kept.isInside
            ? (identifyInside(fork, kept.identity.pid) ?? 'not told')
            : identifyChild(fork, kept.identity.pid),
      },
      entry,
      channel,
      sockets,
      stopLimit,
      takeUp: async (fork, role) => {
        const limited = processes.adoptFork(fork, spec, role, process.limited?.scratch);
        fork.limited = limited;
        await limited.join().catch((cause: unknown) => {
          throw launchFailed(spec.id, cause);
        });
      },
      instance: (fork, generation) => {
        if (fork.identity === undefined) throw new Error('a process of this machine is seen');
        const identity = identityOf(fork.identity, generation);
        const output = processes.capture(spec, identity, fork.output);
        return new ProcessInstance(fork.endpoint, {
          identity,
          output,
          ended: fork.ended,
          limited: fork.limited,
          killed: () => fork.endIsNear(),
        });
      },
    });
  } finally {
    sockets.close();
  }
}

/**
 * Waits until the plugin is imported.
 *
 * @returns why it may not be forked; undefined: it may
 * @throws BulkheadError `PLUGIN_IMPORT_FAILED`, `PLUGIN_INVALID`, `PLUGIN_EXITED`, `PLUGIN_START_TIMEOUT`, `PROTOCOL_VIOLATION`,
 * and that of a limit by which it was ended
 */
export async function imported(template: Template, spec: PluginSpec): Promise<string | undefined> {
  const plugin = spec.id;
  const milliseconds = spec.calls.timeouts.start;
  const isInTime = await settlesWithin(template.started, milliseconds);
  const start = isInTime ? await template.started : undefined;
  if (start?.type === 'imported') return undefined;
  if (start?.type === 'refused') {
    void template.stop();
    return start.reason;
  }
  if (isInTime && start === undefined) await template.exited;
  else await template.stop();
  await throwViolation(template, spec);
  const { ending, hints, lastLines, failure } = await template.diagnose();
  const context = { plugin, lastLines };
  if (failure !== undefined) throw failure.within(context);
  if (!isInTime) throw new BulkheadError('PLUGIN_START_TIMEOUT', { plugin, milliseconds }, { context });
  if (start !== undefined) throw errorFromRemote(start.failure, { plugin, action: '', actions: [] }).within(context);
  throw new BulkheadError('PLUGIN_EXITED', { plugin, reason: asReason([ending, ...hints].join('. ')) }, { context });
}

/** @throws BulkheadError `PROTOCOL_VIOLATION`, if that is why the template is gone */
export async function throwViolation(template: Template, { id }: PluginSpec): Promise<void> {
  if (template.violation === undefined) return;
  const { lastLines } = await template.diagnose();
  throw template.violation.within({ plugin: id, lastLines });
}

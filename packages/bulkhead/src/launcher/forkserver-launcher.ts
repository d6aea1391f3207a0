import type { ReadyEnvironment } from '../environment/ready-environment.ts';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import { errorFromRemote } from '../errors/remote-failure.ts';
import { abortable, settlesWithin } from '../lifecycle/wait.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import { ProcessInstance } from './process-instance.ts';
import type { ProcessLauncher } from './process-launcher.ts';
import type { Launcher, RunningInstance } from './running-instance.ts';
import { Template } from './template.ts';

/** How an instance was started last, and why so. */
export interface StartMode {
  readonly mode: 'spawn' | 'fork';
  readonly reason: string;
}

/** A template that turns out to be out of date is replaced at once; one that fails twice is not waited for. */
const ATTEMPTS = 2;
/** Templates have no generation of their own: what they print is tagged with this. */
const TEMPLATE_GENERATION = 0;

/**
 * Starts the instances of one plugin by forking a template that has imported it, where that pays and is safe; by spawning
 * them otherwise.
 */
export class ForkserverLauncher implements Launcher {
  readonly #processes: ProcessLauncher;
  #template: { readonly environment: string; readonly template: Promise<Template> } | undefined;
  /** Also those that have been replaced, and live for the instances that they forked. */
  readonly #templates = new Set<Template>();
  #refusal: string | undefined;
  #lastStart: StartMode | undefined;
  #isClosed = false;

  constructor(processes: ProcessLauncher) {
    this.#processes = processes;
  }

  /** Undefined: nothing was started yet. */
  get lastStart(): StartMode | undefined {
    return this.#lastStart;
  }

  /** @throws BulkheadError `PLUGIN_LAUNCH_FAILED`; `PLUGIN_IMPORT_FAILED`, `PLUGIN_EXITED`, `PLUGIN_START_TIMEOUT` of a template. */
  async launch(
    environment: ReadyEnvironment,
    spec: PluginSpec,
    generation: number,
    signal: AbortSignal,
  ): Promise<RunningInstance> {
    signal.throwIfAborted();
    const reason = whyToSpawn(environment, spec, this.#lastStart === undefined);
    const forked = reason === undefined ? await this.#fork(environment, spec, generation, signal) : undefined;
    if (forked !== undefined) {
      this.#lastStart = { mode: 'fork', reason: 'a template has imported it' };
      return forked;
    }
    this.#lastStart = { mode: 'spawn', reason: reason ?? this.#refusal ?? 'its template could not be forked' };
    return await this.#processes.launch(environment, spec, generation, signal);
  }

  /** Ends the template; instances that it forked end with it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#template?.template.catch(() => {});
    await Promise.all([...this.#templates].map((template) => template.stop()));
  }

  async #fork(
    environment: ReadyEnvironment,
    spec: PluginSpec,
    generation: number,
    signal: AbortSignal,
  ): Promise<RunningInstance | undefined> {
    for (let attempt = 0; attempt < ATTEMPTS && this.#refusal === undefined; attempt += 1) {
      const template = await abortable(this.#templateFor(environment, spec), signal);
      if (!(await abortable(this.#hasStarted(template, spec), signal))) return undefined;
      const instance = template.fork().then((forked) => {
        if (forked === undefined) return undefined;
        const { identity: identified, sockets } = forked.parts;
        const identity = { ...identified, generation };
        const output = this.#processes.capture(spec, identity, sockets.stdout, sockets.stderr);
        const endpoint = { kind: 'socket-pair', data: sockets.data, control: sockets.control } as const;
        return new ProcessInstance(endpoint, { identity, output, lifeline: sockets.lifeline, ended: forked.ended });
      });
      try {
        const made = await abortable(instance, signal);
        if (made !== undefined) return made;
      } catch (error) {
        void instance.then((made) => made?.stop('kill', 0)); // nobody waits for it any more
        throw error;
      }
    }
    return undefined;
  }

  /** The template that is there, or a new one: also in the place of one that has died, or of another environment. */
  async #templateFor(environment: ReadyEnvironment, spec: PluginSpec): Promise<Template> {
    const known = this.#template;
    if (known?.environment === environment.identity) {
      const template = await known.template;
      if (template.isUsable) return template;
      // Somebody else may have been faster.
      if (this.#template !== known) return await this.#templateFor(environment, spec);
    } else
      void known?.template.then(
        (template) => template.retire(),
        () => {},
      );
    if (this.#isClosed) throw new BulkheadError('MANAGER_CLOSED', { what: `plugin "${spec.id}" is stopped` });
    const template = this.#processes
      .spawn(environment, spec, TEMPLATE_GENERATION, 'template')
      .then((spawned) => this.#keep(new Template(spawned)));
    this.#template = { environment: environment.identity, template };
    template.catch(() => (this.#template = undefined));
    return await template;
  }

  #keep(template: Template): Template {
    this.#templates.add(template);
    void template.exited.then(() => this.#templates.delete(template));
    return template;
  }

  /** False: the plugin may not be forked. */
  async #hasStarted(template: Template, spec: PluginSpec): Promise<boolean> {
    const plugin = spec.id;
    const milliseconds = spec.timeouts.start;
    const inTime = await settlesWithin(template.started, milliseconds);
    const start = inTime ? await template.started : undefined;
    if (start !== undefined && 'ready' in start) return true;
    if (start !== undefined && 'refused' in start) {
      this.#refusal = start.refused;
      return false;
    }
    if (inTime && start === undefined) await template.exited;
    else await template.stop();
    const { ending, hints, lastLines } = await template.diagnose();
    if (!inTime)
      throw new BulkheadError('PLUGIN_START_TIMEOUT', { plugin, milliseconds }, { context: { plugin, lastLines } });
    if (start !== undefined)
      throw errorFromRemote(start.failure, { plugin, action: '', actions: [] }).within({ plugin, lastLines });
    const reason = [ending, ...hints].join('. ').replace(/\.$/, '');
    throw new BulkheadError('PLUGIN_EXITED', { plugin, reason }, { context: { plugin, lastLines } });
  }
}

/** Why this start is no matter for a template; undefined: it is one. */
function whyToSpawn({ python }: ReadyEnvironment, { start }: PluginSpec, isFirst: boolean): string | undefined {
  if (start === 'spawn') return 'the registry asks for it';
  // On other systems nothing tells whether a library has left a thread running.
  if (process.platform !== 'linux') return 'templates are made on Linux only';
  if (python.implementation !== 'cpython') return `templates are not made of ${python.implementation}`;
  if (start === 'auto' && isFirst) return 'a template pays from the second start on';
  return undefined;
}

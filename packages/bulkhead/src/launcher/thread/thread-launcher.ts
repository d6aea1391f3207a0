import type { Launcher, LaunchRequest, LauncherStatus, StartMode } from '../launcher.ts';
import type { InstanceIdentity, RunningInstance } from '../running-instance.ts';
import type { Group } from './group.ts';
import type { PluginGroups } from './plugin-groups.ts';
import type { ThreadInstance } from './thread-instance.ts';

/** A plugin that has ended its group this often runs in a process of its own from then on. */
const MOST_CRASHES = 3;

const IN_THREAD: StartMode = { mode: 'thread', reason: 'it shares the process of its group' };
const FALLEN_BACK = `it has ended the process of its group ${MOST_CRASHES} times`;

export interface ThreadLauncherParts {
  readonly groups: PluginGroups;
  /** Makes the launcher for a process of its own. */
  readonly apart: () => Launcher;
  /** Writes down how a process of its own was started. */
  readonly note: (instance: InstanceIdentity, start: StartMode) => void;
  /** Called once, when the plugin runs in no thread any more. */
  readonly fellBack: (plugin: string, reason: string) => void;
}

/** Begins the instances of one plugin in threads of its group; in processes, once it has proved to end its group. */
export class ThreadLauncher implements Launcher {
  readonly #parts: ThreadLauncherParts;
  readonly #groups = new Set<Group>();
  #lastStart: StartMode | undefined;
  #crashes = 0;
  /** Who has ended the group the last time: it may take a moment to tell. */
  #judgement: Promise<void> = Promise.resolve();
  #apart: Launcher | undefined;

  constructor(parts: ThreadLauncherParts) {
    this.#parts = parts;
  }

  get status(): LauncherStatus {
    if (this.#apart === undefined) return { lastStart: this.#lastStart, spares: 0 };
    const { lastStart, spares } = this.#apart.status;
    const reason = `fell back from thread, because ${FALLEN_BACK}; ${lastStart?.reason ?? ''}`;
    return { lastStart: lastStart && { ...lastStart, reason }, spares };
  }

  async launch(request: LaunchRequest): Promise<RunningInstance> {
    request.signal.throwIfAborted();
    await this.#judgement;
    if (this.#apart !== undefined) return await this.#launchApart(this.#apart, request);
    const { instance, group } = await this.#parts.groups.begin(request);
    this.#lastStart = IN_THREAD;
    this.#groups.add(group);
    void group.exited.then(() => this.#groups.delete(group));
    void instance.exited.then(() => {
      this.#judgement = this.#judge(request.spec.id, instance);
    });
    return instance;
  }

  async #launchApart(apart: Launcher, request: LaunchRequest): Promise<RunningInstance> {
    const instance = await apart.launch(request);
    const { lastStart } = this.status;
    if (lastStart !== undefined) this.#parts.note(instance.identity, lastStart);
    return instance;
  }

  /** Resolves when the groups are gone that had no other plugin. */
  async close(): Promise<void> {
    await Promise.all([...this.#groups].map((group) => group.emptied()));
    await this.#apart?.close();
  }

  async #judge(plugin: string, instance: ThreadInstance): Promise<void> {
    if ((await instance.blamed())?.culprit !== plugin) return;
    this.#crashes += 1;
    if (this.#crashes < MOST_CRASHES || this.#apart !== undefined) return;
    this.#apart = this.#parts.apart();
    this.#parts.fellBack(plugin, FALLEN_BACK);
  }
}

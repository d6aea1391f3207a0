import { basename, relative } from 'node:path';
import { visibleLine } from '../../lifecycle/visible-text.ts';
import type { PluginManager } from '../../manager/plugin-manager.ts';
import type { PluginObserver } from '../../manager/plugin-observer.ts';
import type { DevelopmentTarget } from './development-target.ts';
import { printError } from '../output/print-error.ts';
import { printResult } from '../output/print-result.ts';
import { type ProgressDisplay, showProgress } from '../output/progress-display.ts';
import { readInput } from '../input/read-input.ts';
import type { Terminal } from '../output/terminal.ts';
import { WrittenByPlugin } from '../output/written-by-plugin.ts';

type Follow = (paths: readonly string[]) => Promise<void>;

/** The call that is made after each load. */
export interface RepeatedCall {
  readonly action: string;
  /** As `--input` was given. */
  readonly input: string | undefined;
}

/** Loads and calls one plugin while its author changes it, and reports on standard error. */
export class DevelopmentSession {
  readonly #target: DevelopmentTarget;
  readonly #terminal: Terminal;
  readonly #call: RepeatedCall | undefined;
  readonly #written: WrittenByPlugin;
  #display: ProgressDisplay;
  #declared: string | undefined;
  /** From the first try on it is reloaded. */
  #wasTried = false;

  constructor(target: DevelopmentTarget, call: RepeatedCall | undefined, terminal: Terminal) {
    this.#target = target;
    this.#written = new WrittenByPlugin(target.folder);
    this.#call = call;
    this.#terminal = terminal;
    this.#display = showProgress(terminal);
  }

  /** A line of the plugin's. */
  readonly print = (line: string): void => this.#display.print(line);

  /** Of the manager: from a start on the plugin's own code runs. */
  readonly observer: PluginObserver = { startBegan: () => this.#written.started() };

  /** A line of ours. */
  say(text: string): void {
    const { colours } = this.#terminal.error;
    this.print(`${colours.dim(new Date().toTimeString().slice(0, 8))} ${visibleLine(text)}`);
  }

  /**
   * Starts the plugin, or replaces the running version; then makes the call. Prints failures.
   *
   * @param follow is told the libraries of this disk that the plugin is made of, as soon as they are known; resolves when it
   * watches them
   */
  async loadAndCall(manager: PluginManager, signal: AbortSignal, follow: Follow): Promise<void> {
    this.#written.began();
    try {
      await this.#load(manager, follow);
      if (this.#call !== undefined) await this.#makeCall(manager, this.#call, signal);
    } catch (error) {
      this.#written.ended();
      if (!signal.aborted) printError(error, this.#terminal, { linesWereShown: true });
    } finally {
      this.#display.close();
      this.#written.ended();
    }
  }

  /** Of the files that have changed those to reload for, relative to the plugin's folder. */
  async relevant(files: readonly string[]): Promise<readonly string[]> {
    const { registry, folder } = this.#target;
    const written = await this.#written.among(files.filter((file) => file !== registry));
    const named = (chosen: Iterable<string>): string[] =>
      [...chosen].map((file) => (file === registry ? basename(file) : relative(folder, file)));
    if (written.size > 0) this.say(`not reloaded for what the plugin or a build wrote: ${named(written).join(', ')}`);
    const isSameEntry =
      registry !== undefined && files.includes(registry) && (await this.#target.declared()) === this.#declared;
    return named(files.filter((file) => !written.has(file) && !(isSameEntry && file === registry)));
  }

  async #load(manager: PluginManager, follow: Follow): Promise<void> {
    const startedAt = performance.now();
    this.#display = showProgress(this.#terminal);
    this.#declared = await this.#target.declared();
    // also those of an environment that can't be built: what has to be mended may be in one of them
    await follow(await this.#target.libraries());
    const id = await this.#target.load(manager);
    const done = this.#wasTried ? await this.#reload(manager, id) : await this.#start(manager, id);
    this.#display.close();
    await follow((await manager.preparePlugin(id)).localSources);
    this.say(`${done} in ${durationText(performance.now() - startedAt)} (generation ${generationOf(manager, id)})`);
  }

  async #start(manager: PluginManager, id: string): Promise<string> {
    this.#wasTried = true;
    const { built } = await manager.preparePlugin(id, this.#display.sink);
    await manager.startPlugin(id);
    return built ? 'environment built and started' : 'started';
  }

  async #reload(manager: PluginManager, id: string): Promise<string> {
    const { before, rebuilt } = await manager.reload(id, { onProgress: this.#display.sink });
    const done = before?.generation === undefined ? 'started' : 'reloaded';
    return rebuilt ? `environment built and ${done}` : done;
  }

  async #makeCall(manager: PluginManager, { action, input: given }: RepeatedCall, signal: AbortSignal): Promise<void> {
    const input = await readInput(given);
    const startedAt = performance.now();
    const result = await manager.executePlugin(await this.#target.load(manager), input, { action, signal });
    this.#written.ended();
    await printResult(result, this.#terminal);
    this.say(`${action} answered in ${durationText(performance.now() - startedAt)}`);
  }
}

function generationOf(manager: PluginManager, id: string): number | undefined {
  return manager
    .plugins()
    .find((plugin) => plugin.id === id)
    ?.instances.at(-1)?.generation;
}

function durationText(milliseconds: number): string {
  return milliseconds < 10_000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

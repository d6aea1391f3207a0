import {
  encode,
  type HostMessage,
  Kind,
  type RefusedFrame,
  type RemoteFailure,
  type WelcomePayload,
} from '@bulkhead/protocol';
import { checked } from '../author/check-value.ts';
import type { Log } from '../author/context.ts';
import { InputRejected, Miswritten } from '../author/errors.ts';
import { readPlugin } from '../author/read-plugin.ts';
import { type ServedPlugin, servedPlugin } from '../author/served-plugin.ts';
import { Calls } from '../calls/calls.ts';
import { failureOf } from '../calls/failure.ts';
import { logOf } from '../calls/log.ts';
import type { ControlChannel } from '../wire/control-channel.ts';
import type { DataChannel } from '../wire/data-channel.ts';
import { deferred } from './deferred.ts';

/** How an instance came to its end, by the status that a process exits with. */
export type Ending = 0 | 1;

/** One instance of a plugin as the host sees it: the handshake, then its calls, then the end. */
export class Instance {
  readonly #data: DataChannel;
  readonly #control: ControlChannel;
  readonly #log: Log;
  readonly #welcome = deferred<WelcomePayload>();
  readonly #shutdown = deferred<void>();
  #calls: Calls | undefined;

  constructor(data: DataChannel, control: ControlChannel) {
    this.#data = data;
    this.#control = control;
    this.#log = logOf(control, 0);
  }

  /**
   * Serves the host until it asks for the end.
   *
   * @param load gives what the plugin's module exports; `file` is for messages
   */
  async serve(load: () => Promise<unknown>, file: string): Promise<Ending> {
    // begun before the host has answered: what fails is told behind its welcome
    const loaded = await load().then(
      (exported) => ({ exported }),
      (error: unknown) => ({ failure: startFailure(error, 'PLUGIN_IMPORT_FAILED') }),
    );
    const welcome = await this.#welcome.promise;
    if ('failure' in loaded) return this.#refuse(loaded.failure);
    const plugin = await this.#prepare(loaded.exported, file, welcome);
    if (plugin === undefined) return 1;
    await this.#shutdown.promise;
    await this.#calls?.finished();
    await this.#cleanUp(plugin);
    this.#data.send([Kind.Bye, 0]);
    return 0;
  }

  message(message: HostMessage): void {
    if (message[0] === Kind.Welcome) {
      this.#data.agree(message[2]);
      this.#welcome.resolve(message[2]);
    } else if (message[0] === Kind.Shutdown) this.#shutdown.resolve();
    else this.#calls?.take(message);
  }

  refused(error: Error, frame: RefusedFrame): void {
    this.#calls?.refused(error, frame);
  }

  cancelled(call: number): void {
    this.#calls?.cancel(call);
  }

  /** Checks and initialises the plugin, and says READY; undefined: it said why not. */
  async #prepare(exported: unknown, file: string, welcome: WelcomePayload): Promise<ServedPlugin | undefined> {
    try {
      const plugin = servedPlugin(readPlugin(exported, file), file);
      const context = { log: this.#log };
      const { config, initialize, metadata = {} } = plugin.definition;
      const { configuration } = welcome;
      await initialize?.(
        config === undefined ? configuration : ((await checked(config, configuration)) as never),
        context,
      );
      const own: unknown = typeof metadata === 'function' ? await metadata() : metadata;
      if (typeof own !== 'object' || own === null) throw new TypeError('metadata has to be, or to return, an object');
      encode(own); // without its message, so that the path in an error starts at what the author knows
      this.#calls = new Calls(this.#data, this.#control, plugin, welcome.concurrency);
      const descriptions = [...plugin.actions].map(([name, { description }]) => [name, description] as const);
      const ready = {
        metadata: { id: welcome.plugin, ...own },
        actions: Object.fromEntries(descriptions),
        ...(plugin.hooks.length === 0 ? {} : { hooks: plugin.hooks.map(({ description }) => description) }),
      };
      this.#data.send([Kind.Ready, 0, ready]);
      return plugin;
    } catch (error) {
      this.#refuse(startFailure(error, 'PLUGIN_INITIALIZE_FAILED'));
      return undefined;
    }
  }

  #refuse(failure: RemoteFailure): 1 {
    this.#data.send([Kind.Failure, 0, failure]);
    return 1;
  }

  async #cleanUp({ definition }: ServedPlugin): Promise<void> {
    try {
      await definition.cleanup?.({ log: this.#log });
    } catch (error) {
      const { type, message, traceback } = failureOf(error, 'PLUGIN_RAISED');
      const said = { level: 'error', message: `cleanup threw ${type}: ${message}`, traceback: traceback ?? '' };
      this.#control.send([Kind.Log, 0, said]);
    }
  }
}

function startFailure(error: unknown, code: string): RemoteFailure {
  if (error instanceof Miswritten)
    return { code: 'PLUGIN_INVALID', message: error.message, data: { mistakes: error.mistakes } };
  if (error instanceof InputRejected)
    return { code, message: `the configuration does not fit its schema: ${error.message}`, type: error.name };
  return failureOf(error, code);
}

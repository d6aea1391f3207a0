import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { ProcessInstance, type ProcessParts } from '../process/process-instance.ts';
import type { Diagnosis, Endpoint } from '../running-instance.ts';

/** What go-plugin prints when its cookie is not in the environment, before it exits. */
const NO_COOKIE = 'This binary is a plugin';

/** A process that serves go-plugin. */
export class GoPluginInstance extends ProcessInstance {
  readonly #plugin: string;
  #hasSpoken = false;

  /** @param spoken settles when it has written the handshake, or something in its place */
  constructor(plugin: string, endpoint: Endpoint, parts: ProcessParts, spoken: Promise<unknown>) {
    super(endpoint, parts);
    this.#plugin = plugin;
    void spoken.then(() => (this.#hasSpoken = true));
  }

  heldBy(): Promise<string | undefined> {
    return Promise.resolve(
      this.#hasSpoken ? undefined : 'it wrote no line to standard output, where its handshake should be',
    );
  }

  override async diagnose(): Promise<Diagnosis> {
    const diagnosis = await super.diagnose();
    if (!diagnosis.lastLines.some((line) => line.includes(NO_COOKIE))) return diagnosis;
    const reason = `${diagnosis.ending}, because it did not find its magic cookie in its environment`;
    const cure =
      'Add the cookie to `env` of the plugin in the registry, as `env: { MAGIC_COOKIE_KEY: value }`: both stand in the HandshakeConfig of the plugin.';
    const failure = new BulkheadError('PLUGIN_EXITED', { plugin: this.#plugin, reason, cure });
    return { ...diagnosis, failure };
  }
}

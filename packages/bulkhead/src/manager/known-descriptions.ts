import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ReadyPayload } from '@bulkhead/protocol';
import { hashOf } from '../environment/build/identity.ts';
import { treeState } from '../environment/build/source-tree.ts';
import type { ReadyEnvironment } from '../environment/ready-environment.ts';
import { hideSecrets } from '../lifecycle/hide-secrets.ts';
import { isRecord } from '../lifecycle/is-record.ts';
import { makePrivateFolder } from '../lifecycle/private-folder.ts';
import { readRegularFile } from '../lifecycle/read-regular-file.ts';
import { writeAtomically } from '../lifecycle/write-atomically.ts';
import type { PluginSpec } from '../registry/plugin-spec.ts';
import { readReady } from '../session/handshake.ts';

/** What a plugin says of itself when it is ready. */
export type SelfDescription = Pick<ReadyPayload, 'metadata' | 'actions' | 'hooks'>;

const LARGEST_FILE = 64 * 1024 ** 2;
/** Of the hash that names a file. */
const NAME_LENGTH = 32;

/**
 * What plugins said of themselves at their last start, kept in the state folder, so that nobody has to start one to learn its
 * actions. It holds as long as all that decides it: the plugin's files, those of projects of this disk that were installed for it,
 * its environment, its configuration, and the SDK.
 */
export class KnownDescriptions {
  readonly #folder: string;
  readonly #sdk: () => Promise<string | undefined>;

  /** @param sdk tells one state of the SDK from others; undefined if that can't be known */
  constructor(folder: string, sdk: () => Promise<string | undefined>) {
    this.#folder = folder;
    this.#sdk = sdk;
  }

  /** Undefined if nothing is known, or something has changed since. */
  async find(spec: PluginSpec, environment: ReadyEnvironment): Promise<SelfDescription | undefined> {
    const [kept, edition] = await Promise.all([this.#read(spec, environment), this.#editionOf(spec, environment)]);
    return kept === undefined || kept.edition !== edition?.hash ? undefined : kept.description;
  }

  /**
   * Keeps what an instance has said that was started after `began` (milliseconds since 1970). If a file has changed since then, it is
   * not known what was read. A folder that can't be written to is no failure: then the next to ask starts the plugin.
   */
  async keep(spec: PluginSpec, environment: ReadyEnvironment, began: number, said: SelfDescription): Promise<void> {
    try {
      const edition = await this.#editionOf(spec, environment);
      if (edition === undefined || edition.changed >= began) return;
      const { metadata, actions, hooks = [] } = said;
      const kept = { edition: edition.hash, metadata, actions, hooks };
      const text = hideSecrets(spec.secrets)(JSON.stringify(kept));
      // Neither half a value, such as a Date as a text, nor a secret.
      if (!isDeepStrictEqual(JSON.parse(text), kept)) return;
      makePrivateFolder(this.#folder);
      writeAtomically(this.#fileOf(spec, environment), text);
    } catch {
      // it is learnt anew at the next start
    }
  }

  async #read(spec: PluginSpec, environment: ReadyEnvironment): Promise<Kept | undefined> {
    try {
      const text = await readRegularFile(this.#fileOf(spec, environment), LARGEST_FILE);
      const kept: unknown = JSON.parse(text.toString('utf8'));
      const description = readReady(kept);
      return isRecord(kept) && description !== undefined ? { edition: kept['edition'], description } : undefined;
    } catch {
      return undefined; // there is none, or it is damaged
    }
  }

  #fileOf({ id, folder }: PluginSpec, { identity }: ReadyEnvironment): string {
    return join(this.#folder, `${hashOf(JSON.stringify([folder, id, identity])).slice(0, NAME_LENGTH)}.json`);
  }

  async #editionOf(spec: PluginSpec, { identity, localSources }: ReadyEnvironment): Promise<Edition | undefined> {
    const sdk = await this.#sdk();
    if (sdk === undefined) return undefined;
    const folders = [...new Set([spec.folder, ...localSources])];
    const trees = await Promise.all(folders.map((folder) => treeState(folder, { by: 'time' })));
    const settings = hideSecrets(spec.secrets)(JSON.stringify([spec.configuration, spec.launch]));
    return {
      hash: hashOf(JSON.stringify([sdk, identity, settings, trees.map(({ hash }) => hash)])),
      changed: Math.max(...trees.map(({ changed }) => changed)),
    };
  }
}

interface Edition {
  readonly hash: string;
  /** When the last of its files was changed: milliseconds since 1970. */
  readonly changed: number;
}

interface Kept {
  readonly edition: unknown;
  readonly description: SelfDescription;
}

import { BulkheadError } from '../../errors/bulkhead-error.ts';
import type { Diagnosis, Endpoint } from '../running-instance.ts';
import { ProcessInstance, type ProcessParts } from './process-instance.ts';

/** What the SDK exits with whose environment lacks a package; see the protocol, "One package more". */
const PACKAGE_MISSING = 77;
/** What it says then stands in front of the reason. */
const IMPORT_FAILED = /^can't import \S+ from the plugin's environment: (?<reason>.*)$/;

export interface NeededPackage {
  readonly plugin: string;
  readonly transport: string;
  /** As the plugin would list it among its requirements. */
  readonly package: string;
}

/** A process whose transport needs a package of the plugin's environment. */
export class PackageInstance extends ProcessInstance {
  readonly #needed: NeededPackage;

  constructor(needed: NeededPackage, endpoint: Endpoint, parts: ProcessParts) {
    super(endpoint, parts);
    this.#needed = needed;
  }

  override async diagnose(): Promise<Diagnosis> {
    const diagnosis = await super.diagnose();
    const exit = await Promise.race([this.exited, Promise.resolve(undefined)]);
    if (exit?.code !== PACKAGE_MISSING) return diagnosis;
    const said = diagnosis.lastLines.map((line) => IMPORT_FAILED.exec(line)?.groups?.['reason']).find(Boolean);
    const reason = said ?? 'importing it failed';
    const failure = new BulkheadError('TRANSPORT_PACKAGE_MISSING', { ...this.#needed, side: 'plugin', reason });
    return { ...diagnosis, failure };
  }
}

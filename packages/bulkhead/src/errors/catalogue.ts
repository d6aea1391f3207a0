import * as calls from './catalogue/calls.ts';
import * as containers from './catalogue/containers.ts';
import * as debugging from './catalogue/debugging.ts';
import type { CatalogueEntry } from './catalogue/entry.ts';
import * as environment from './catalogue/environment.ts';
import * as hooks from './catalogue/hooks.ts';
import * as host from './catalogue/host.ts';
import * as instances from './catalogue/instances.ts';
import * as locks from './catalogue/locks.ts';
import * as machine from './catalogue/machine.ts';
import * as npm from './catalogue/npm.ts';
import * as protocol from './catalogue/protocol.ts';
import * as registry from './catalogue/registry.ts';
import * as resources from './catalogue/resources.ts';
import * as testing from './catalogue/testing.ts';
import * as typescript from './catalogue/typescript.ts';
import type { ErrorCode, ErrorDetails } from './error-details.ts';

type Catalogue = { readonly [Code in ErrorCode]: CatalogueEntry<ErrorDetails[Code]> };

/** The one catalogue of errors. A new code is an export of one of its files, and nothing else. */
export const catalogue: Catalogue = {
  ...registry,
  ...environment,
  ...machine,
  ...locks,
  ...npm,
  ...instances,
  ...containers,
  ...calls,
  ...hooks,
  ...resources,
  ...debugging,
  ...testing,
  ...typescript,
  ...protocol,
  ...host,
};

/** The codes under the headings of docs/errors.md. */
export const catalogueHeadings: readonly { readonly heading: string; readonly codes: readonly ErrorCode[] }[] = [
  under('Registry and manifests', registry),
  under('Environments', environment),
  under('Machine', machine),
  under('Lock files', locks),
  under('Environments of Node', npm),
  under('Instances', instances),
  under('Containers', containers),
  under('Calls', calls),
  under('Hooks', hooks),
  under('Resources', resources),
  under('Debugging', debugging),
  under('Testing', testing),
  under('TypeScript', typescript),
  under('The protocol', protocol),
  under('The host', host),
];

function under(heading: string, entries: Partial<Catalogue>): { heading: string; codes: readonly ErrorCode[] } {
  return { heading, codes: (Object.keys(entries) as ErrorCode[]).toSorted() };
}

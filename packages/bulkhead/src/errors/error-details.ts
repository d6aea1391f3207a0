import type * as calls from './catalogue/calls.ts';
import type * as containers from './catalogue/containers.ts';
import type * as debugging from './catalogue/debugging.ts';
import type { CatalogueEntry } from './catalogue/entry.ts';
import type * as environment from './catalogue/environment.ts';
import type * as hooks from './catalogue/hooks.ts';
import type * as host from './catalogue/host.ts';
import type * as instances from './catalogue/instances.ts';
import type * as locks from './catalogue/locks.ts';
import type * as machine from './catalogue/machine.ts';
import type * as npm from './catalogue/npm.ts';
import type * as protocol from './catalogue/protocol.ts';
import type * as registry from './catalogue/registry.ts';
import type * as resources from './catalogue/resources.ts';
import type * as testing from './catalogue/testing.ts';
import type * as typescript from './catalogue/typescript.ts';

type Entries = typeof calls &
  typeof containers &
  typeof debugging &
  typeof environment &
  typeof hooks &
  typeof host &
  typeof instances &
  typeof locks &
  typeof machine &
  typeof npm &
  typeof protocol &
  typeof registry &
  typeof resources &
  typeof testing &
  typeof typescript;

/** A code of docs/errors.md, such as `CALL_TIMEOUT`. */
export type ErrorCode = keyof Entries;

/** What each error carries besides its words. */
export type ErrorDetails = {
  readonly [Code in ErrorCode]: Entries[Code] extends CatalogueEntry<infer Details> ? Details : never;
};

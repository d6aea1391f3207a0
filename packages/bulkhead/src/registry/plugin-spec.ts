import type { InSpec } from './fields/field.ts';
import type { Secret } from '../lifecycle/hide-secrets.ts';
import type { FieldGroups } from './fields/groups.ts';
import type { Language } from './manifest-file.ts';

/**
 * Registry entry and manifest merged, defaults filled, validated: plain data, grouped by the stage that reads it. Times are in
 * milliseconds, sizes in bytes. What each field means stands beside its definition, in fields/.
 */
export interface PluginSpec extends InSpec<FieldGroups['plugin']> {
  readonly id: string;
  readonly version: string | undefined;
  /** Absolute path of the plugin's folder. */
  readonly folder: string;
  /** Where the plugin was declared, for messages. */
  readonly source: SourcePosition;
  /** What its configuration and variables hold of the host's environment variables: to be hidden in what it writes. */
  readonly secrets: readonly Secret[];
  readonly environment: EnvironmentSpec;
  readonly launch: LaunchSpec;
  readonly pool: PoolSpec;
  readonly calls: CallSpec;
}

/** The field `share` only names a group; here it has its members. */
export interface EnvironmentSpec extends Omit<InSpec<FieldGroups['environment']>, 'kind' | 'share'> {
  /** Of a plugin in a container its image is its environment; one that a command starts has none of Bulkhead's. */
  readonly kind: InSpec<FieldGroups['environment']>['kind'] | 'image' | 'none';
  /** What its manifest is for: of a plugin in a container it says what the image is asked for. */
  readonly language: Language;
  readonly share: SharedEnvironment | undefined;
}

export interface LaunchSpec extends InSpec<FieldGroups['launch']> {
  /** Whether the kernel is to keep its processes to `permissions`. */
  readonly confined: boolean;
  /** Whether that takes name spaces of its own, which not every system makes. */
  readonly isolated: boolean;
}
export type PoolSpec = InSpec<FieldGroups['pool']>;
export type CallSpec = InSpec<FieldGroups['calls']>;

export type EnvironmentKind = EnvironmentSpec['kind'];
export type Isolation = LaunchSpec['isolation'];
export type PluginTimeouts = CallSpec['timeouts'];

/** The plugins that share one environment. */
export interface SharedEnvironment {
  readonly name: string;
  /** In the order of the registry, the plugin itself among them. Their own `share` has no members. */
  readonly members: readonly PluginSpec[];
}

/** 1-based. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

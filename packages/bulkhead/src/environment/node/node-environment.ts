import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { satisfies } from 'semver';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { isRecord } from '../../lifecycle/is-record.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { hashOf } from '../build/identity.ts';
import type { EnvironmentProvider, NodeInterpreter, NodeRuntime, ReadyEnvironment } from '../ready-environment.ts';
import { readPluginFile } from '../requirements/plugin-file.ts';

/** The environments of plugins of Node that ask for no packages: the host's own Node, in the plugin's folder. */
export class NodeEnvironment implements EnvironmentProvider<NodeRuntime> {
  async prepare(spec: PluginSpec, signal: AbortSignal): Promise<ReadyEnvironment<NodeRuntime>> {
    const text = (await readPluginFile(spec.id, join(spec.folder, 'package.json'))) ?? '{}';
    signal.throwIfAborted();
    const declared: unknown = JSON.parse(text);
    refusePackages(spec, declared);
    const node = await hostNode();
    refuseNode(spec, declared, node);
    return {
      identity: hashOf(JSON.stringify(['node', node, process.platform, process.arch, spec.folder])).slice(0, 32),
      packages: {},
      built: false,
      duration: 0,
      resolved: undefined,
      lockedBy: undefined,
      localSources: [],
      runtime: { kind: 'node', prefix: spec.folder, node },
    };
  }

  async find(spec: PluginSpec, signal: AbortSignal): Promise<ReadyEnvironment<NodeRuntime>> {
    return await this.prepare(spec, signal);
  }
}

async function hostNode(): Promise<NodeInterpreter> {
  return {
    executable: await realpath(process.execPath),
    version: process.versions.node,
    origin: "the host's own",
  };
}

function refusePackages({ id }: PluginSpec, declared: unknown): void {
  const wanted = isRecord(declared) ? declared['dependencies'] : undefined;
  if (!isRecord(wanted) || Object.keys(wanted).length === 0) return;
  const reason = `this version installs no packages of npm yet, and its package.json asks for ${Object.keys(wanted).join(', ')}`;
  throw new BulkheadError('ENVIRONMENT_BUILD_FAILED', { plugin: id, reason });
}

function refuseNode({ id }: PluginSpec, declared: unknown, { version }: NodeInterpreter): void {
  const engines = isRecord(declared) ? declared['engines'] : undefined;
  const wanted = isRecord(engines) ? engines['node'] : undefined;
  if (typeof wanted !== 'string' || satisfies(version, wanted)) return;
  const reason = `its \`engines\` ask for Node ${wanted}, and the host's own is ${version}`;
  throw new BulkheadError('ENVIRONMENT_BUILD_FAILED', { plugin: id, reason });
}

import type { EnvironmentRuntime, NodeInterpreter, ReadyEnvironment } from '../environment/ready-environment.ts';

/** The Node that a plugin runs on; undefined if it is not one of Node, or its environment is not known. */
export function nodeOf(environment: Pick<ReadyEnvironment, 'runtime'> | undefined): NodeInterpreter | undefined {
  return environment?.runtime.kind === 'node' ? environment.runtime.node : undefined;
}

/** For a column of a table: the version of a Python, or `Node 22.18.0`. */
export function interpreterText(runtime: EnvironmentRuntime | undefined): string {
  if (runtime?.kind === 'node') return `Node ${runtime.node.version}`;
  return runtime?.python?.version ?? '-';
}

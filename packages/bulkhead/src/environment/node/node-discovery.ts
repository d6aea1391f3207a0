import { join } from 'node:path';
import { askAll } from '../interpreters/ask-all.ts';
import { KeptNames } from '../interpreters/kept-names.ts';
import type { NodeInterpreter } from '../ready-environment.ts';
import type { StateFolder } from '../state-folder.ts';
import { type NodeAnswer, nodeQuestions } from './ask-node.ts';
import { lookForNodes, NODE_NAME, type NodeCandidate, type NodeStanding } from './node-places.ts';

/** A Node that runs. */
export interface DiscoveredNode extends NodeInterpreter, NodeAnswer {
  readonly standing: NodeStanding;
}

export interface NodeDiscovery {
  readonly nodes: readonly DiscoveredNode[];
  readonly searched: readonly string[];
}

/** Finds every Node on this machine. */
export async function discoverNodes(
  state: StateFolder,
  variables: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<NodeDiscovery> {
  const names = new KeptNames(join(state.answers, 'node-names.json'), NODE_NAME);
  const { candidates, searched } = lookForNodes(variables, names);
  names.save();
  const answers = await askAll(candidates, nodeQuestions(state, variables), signal);
  return { nodes: joinByExecutable(candidates, answers), searched };
}

/** One Node is often found in several places: the first counts, which has the best standing, with an origin that tells more than `PATH`. */
function joinByExecutable(
  candidates: readonly NodeCandidate[],
  answers: ReadonlyMap<NodeCandidate, NodeAnswer | null>,
): DiscoveredNode[] {
  const joined = new Map<string, DiscoveredNode>();
  for (const candidate of candidates) {
    const { origin, standing } = candidate;
    const answer = answers.get(candidate);
    if (answer === undefined || answer === null) continue;
    const known = joined.get(answer.executable);
    if (known === undefined) joined.set(answer.executable, { ...answer, origin, standing });
    else if (known.origin === 'PATH') joined.set(answer.executable, { ...known, origin });
  }
  return [...joined.values()];
}

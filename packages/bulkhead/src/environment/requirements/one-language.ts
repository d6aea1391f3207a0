import { BulkheadError } from '../../errors/bulkhead-error.ts';
import type { PluginSpec, SharedEnvironment } from '../../registry/plugin-spec.ts';

/** @throws BulkheadError `SHARING_IMPOSSIBLE` where a group has plugins of Node and of Python */
export function refuseOtherLanguages({ id }: PluginSpec, { name, members }: SharedEnvironment): void {
  const [node, python] = [true, false].map((isNode) =>
    members.find(({ environment }) => (environment.kind === 'node') === isNode),
  );
  if (node === undefined || python === undefined) return;
  const reason = `${node.id} is a plugin of Node, ${python.id} of Python: their environments have nothing in common`;
  throw new BulkheadError('SHARING_IMPOSSIBLE', { plugin: id, share: name, reason });
}

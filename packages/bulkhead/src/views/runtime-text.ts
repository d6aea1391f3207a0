/** What runs a plugin, by name and version: `Python 3.11.7`, `Node 22.18.0`. Undefined: not known, or nothing of Bulkhead's. */
export function runtimeText({
  python,
  node,
}: {
  readonly python: string | undefined;
  readonly node: string | undefined;
}): string | undefined {
  if (node !== undefined) return `Node ${node}`;
  return python === undefined ? undefined : `Python ${python}`;
}

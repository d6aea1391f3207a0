/** Opens Node's inspector, unless it is open, on a port that nobody is told. @throws Error where this Node has none */
export async function openInspector(host: string): Promise<number> {
  const inspector = await import('node:inspector');
  if (inspector.url() === undefined) inspector.open(0, host, false);
  const url = inspector.url();
  if (url === undefined) throw new Error('the inspector of Node could not listen');
  return Number(new URL(url).port);
}

/** What holds where neither registry nor manifest says anything, in the words of the registry file. docs/registry.md shows them. */
export const DEFAULTS = {
  entryPoint: 'plugin.py',
  isolation: 'process',
  environment: 'uv',
  trialImport: true,
  start: 'auto',
  reload: 'side_by_side',
  instances: { min: 0, max: 1, spare: 0 },
  concurrency: 1,
  queue: { max: 10_000 },
  timeouts: { start: '60s', call: '5m', cancel_grace: '2s', stop: '5s' },
  cache: { ttl: '10m', max_entries: 1000, max_bytes: '64MiB' },
  limits: { frame: '64MiB', body: '2GiB' },
} as const;

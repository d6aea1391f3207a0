import { isAddress } from './address.ts';
import type { Finding } from './finding.ts';
import { isMapping } from './plain-value.ts';

type Plugin = Readonly<Record<string, unknown>>;

const OF_ZEROMQ = ['codec', 'binds', 'address', 'curve'];
const OF_SERVICES = ['codec', 'binds'];
/** What a service without the SDK knows nothing of. */
const OF_SESSIONS = ['concurrency', 'config', 'hooks', 'start'];
/** What is not Bulkhead's to decide of a service that runs already. */
const OF_STARTED = ['resources', 'sandbox', 'env', 'env_from_host'];

/** Silence would let people believe that a service is started, or what goes to it encrypted. */
export function zeromqFindings(plugin: Plugin, index: number): Finding[] {
  const at = (field: string, what: string, where: Finding['at'] = 'key'): Finding => ({
    path: ['plugins', index, field],
    at: where,
    message: `${field}: ${what}`,
  });
  const written = (fields: readonly string[], what: string): Finding[] =>
    fields.filter((field) => plugin[field] !== undefined).map((field) => at(field, what));
  const { transport, pattern } = plugin;
  if (transport !== 'zeromq')
    return [
      ...written(
        transport === 'grpc' ? OF_ZEROMQ : ['pattern', ...OF_ZEROMQ],
        'has an effect only with transport: zeromq',
      ),
    ];
  const confined = written(
    ['permissions'],
    'libzmq does not run in a process that is kept to them; leave them out, or choose transport: socket',
  );
  if (pattern !== 'rep')
    return [
      ...confined,
      ...written(OF_SERVICES, 'has an effect only with pattern: rep'),
      ...sessionFindings(plugin, at),
    ];
  return [
    ...confined,
    ...written(OF_SESSIONS, 'has no effect with pattern: rep'),
    ...serviceFindings(plugin, at, written),
  ];
}

type At = (field: string, what: string, where?: Finding['at']) => Finding;

function sessionFindings({ address, curve }: Plugin, at: At): Finding[] {
  return [
    ...(isAddress(address) && !address.startsWith('tcp://')
      ? [at('address', 'expected one of tcp://; without it the sockets lie in a folder of their own', 'value')]
      : []),
    ...(isMapping(curve) ? [at('curve', 'expected off: with pattern: session Bulkhead makes the keys', 'value')] : []),
  ];
}

function serviceFindings(
  plugin: Plugin,
  at: At,
  written: (fields: readonly string[], what: string) => Finding[],
): Finding[] {
  const { binds, address, curve, instances } = plugin;
  const findings: Finding[] = [];
  if (binds !== undefined && address !== undefined)
    findings.push(at('binds', 'a service at `address` runs already; leave one of the two out'));
  if (isAddress(address) && address.endsWith(':*'))
    findings.push(at('address', 'expected the port of the service', 'value'));
  if (address !== undefined) findings.push(...written(OF_STARTED, 'has no effect on a service that runs already'));
  if (binds !== undefined && isMapping(instances) && typeof instances['max'] === 'number' && instances['max'] > 1)
    findings.push(at('binds', 'several instances can not bind one address; let them bind what BULKHEAD_ADDRESS says'));
  if (binds !== undefined && plugin['reload'] === 'side_by_side')
    findings.push(at('reload', 'expected stop_first: two services can not bind one address', 'value'));
  for (const [field, value] of Object.entries({ binds, address }))
    if (curve === undefined && isAddress(value) && !staysHere(value))
      findings.push(
        at(
          field,
          'calls and answers would leave this machine in the clear; give `curve: { server_key: … }`, or write `curve: off`',
          'value',
        ),
      );
  return findings;
}

function staysHere(address: string): boolean {
  return /^(?:ipc:|tcp:\/\/(?:127\.\d+\.\d+\.\d+|localhost|\[::1\]):)/.test(address);
}

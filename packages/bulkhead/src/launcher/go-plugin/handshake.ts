import { X509Certificate } from 'node:crypto';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { visibleLine } from '../../lifecycle/visible-text.ts';

/** What a server of go-plugin says of itself in its first line: `1|1|unix|/tmp/plugin123|grpc|MIIB…`. */
export interface Handshake {
  /** As gRPC names it. */
  readonly target: string;
  /** As DER; undefined: it talks in the clear. */
  readonly certificate: Uint8Array | undefined;
}

/** Of go-plugin itself. */
const CORE_PROTOCOL = '1';
/** Characters of a line that is something else. */
const LONGEST_SHOWN = 120;
const FORM = 'CORE|APP|NETWORK|ADDRESS|PROTOCOL|CERTIFICATE';
const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\]):\d+$/;

/** Whether a line is meant as a handshake, right or wrong. */
export function isHandshake(line: string): boolean {
  return /^\d+\|\d+\|[^|]*\|[^|]+(?:\|[^|]*)*$/.test(line);
}

/**
 * A field that comes behind the six is one of later versions, and of no concern.
 *
 * @param line undefined: none came
 * @param offered versions of the plugin's own protocol
 * @throws BulkheadError `PROTOCOL_VIOLATION`, `PROTOCOL_MISMATCH`
 */
export function readHandshake(line: string, plugin: string, offered: readonly number[]): Handshake {
  const violation = (reason: string, cure?: string): BulkheadError =>
    new BulkheadError('PROTOCOL_VIOLATION', { plugin, reason, cure });
  const mismatch = (reason: string, cure?: string): BulkheadError =>
    new BulkheadError('PROTOCOL_MISMATCH', { plugin, reason, cure });
  if (!isHandshake(line))
    throw violation(
      `its first line should be the handshake of go-plugin, ${FORM}, and is ${JSON.stringify(visibleLine(line, LONGEST_SHOWN))}`,
      'Let `command` start a server of go-plugin, and nothing print before `plugin.Serve`.',
    );
  const [core = '', app = '', network = '', address = '', protocol = '', certificate = ''] = line.split('|');
  if (core !== CORE_PROTOCOL)
    throw mismatch(`the host speaks version ${CORE_PROTOCOL} of go-plugin's own protocol, the plugin ${core}`);
  if (!offered.includes(Number(app)))
    throw mismatch(
      `the registry offers version ${offered.join(', ')} of its protocol, and it speaks ${app}`,
      `Add ${app} to \`protocol_versions\` of the plugin in the registry, if that is what you mean to call.`,
    );
  if (protocol !== 'grpc')
    throw mismatch(
      `it serves ${protocol === '' ? 'net/rpc' : visibleLine(protocol, LONGEST_SHOWN)}, which only Go speaks, and the host speaks gRPC`,
      'Serve it by gRPC: `GRPCServer: plugin.DefaultGRPCServer` in its ServeConfig.',
    );
  return { target: targetOf(network, address, violation), certificate: certificateOf(certificate, violation) };
}

/** One on another machine would be spoken to over a network that nobody has asked for. */
function targetOf(network: string, address: string, violation: (reason: string) => BulkheadError): string {
  if (network === 'unix' && address.startsWith('/')) return `unix:${address}`;
  if (network === 'tcp' && LOOPBACK.test(address)) return address;
  const found = visibleLine(`${network} ${address}`, LONGEST_SHOWN);
  throw violation(`its handshake should name a Unix socket, or a port of the loopback, and names ${found}`);
}

function certificateOf(text: string, violation: (reason: string) => BulkheadError): Uint8Array | undefined {
  if (text === '') return undefined;
  try {
    return new X509Certificate(Buffer.from(text, 'base64')).raw;
  } catch {
    throw violation('the certificate in its handshake is none');
  }
}

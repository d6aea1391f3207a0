/** Joins its standard input and output with a port of the loopback that it sees. */
const RELAY = `
const end = require('node:net').connect({ host: '127.0.0.1', port: Number(process.argv[1]), allowHalfOpen: true });
end.on('error', () => process.exit(1));
end.on('close', () => process.exit());
process.stdin.pipe(end).pipe(process.stdout);
`;

/** The arguments of a Node that does so. */
export function relayArguments(port: number): readonly string[] {
  return ['-e', RELAY, '--', String(port)];
}

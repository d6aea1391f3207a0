import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { benchFile } from '../floor-process.ts';
import { bareSocket } from './bare-socket.ts';
import { bulkhead } from './bulkhead.ts';
import { grpcStream, grpcUnary } from './grpc.ts';
import { mcp } from './mcp.ts';
import { pythonShell } from './python-shell.ts';
import { pythonia } from './pythonia.ts';
import type { Peer, Tools } from './worker.ts';
import { zeromq } from './zeromq.ts';

/** The packages that a peer needs from npm and PyPI, and its driver: in Node, or a program of its own. */
type Entry = {
  readonly npm: readonly string[];
  readonly pypi: readonly string[];
} & (
  | { make(tools: Tools): Peer }
  | { program(tools: Tools): Promise<readonly string[]> }
  | { readonly reason: string }
);

/** The floor first: all others are measured against it. */
export const PEERS: Readonly<Record<string, Entry>> = {
  'bare socket': { npm: [], pypi: [], make: bareSocket },
  Bulkhead: { npm: [], pypi: [], make: () => bulkhead },
  'python-shell': { npm: ['python-shell'], pypi: [], make: pythonShell },
  zeromq: { npm: ['zeromq'], pypi: ['pyzmq'], make: zeromq },
  'gRPC stream': { npm: ['@grpc/grpc-js'], pypi: ['grpcio'], make: grpcStream },
  'gRPC unary': { npm: ['@grpc/grpc-js'], pypi: ['grpcio'], make: grpcUnary },
  'MCP over stdio': { npm: ['@modelcontextprotocol/sdk'], pypi: ['mcp'], make: mcp },
  pythonia: { npm: ['pythonia'], pypi: [], make: pythonia },
  'go-plugin': { npm: [], pypi: ['grpcio', 'grpcio-health-checking'], program: goPlugin },
  Ray: { npm: [], pypi: ['ray'], program: async ({ python }) => [python, benchFile('peers/programs/ray_driver.py')] },
  pyisolate: {
    npm: [],
    pypi: [],
    reason:
      'version 0.10.2 imports PyTorch in the host to install what an extension depends on, itself included, though nothing of PyTorch is asked for',
  },
};

async function goPlugin({ folder, python }: Tools): Promise<readonly string[]> {
  const driver = join(folder, 'go-plugin-driver');
  const cwd = benchFile('peers/programs/go-plugin');
  await promisify(execFile)('go', ['build', '-buildvcs=false', '-o', driver, '.'], { cwd });
  return [driver, python, benchFile('peers/programs/go_plugin_echo.py')];
}

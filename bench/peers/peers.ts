import { bareSocket } from './bare-socket.ts';
import { bulkhead } from './bulkhead.ts';
import { grpcStream, grpcUnary } from './grpc.ts';
import { mcp } from './mcp.ts';
import { pythonShell } from './python-shell.ts';
import { pythonia } from './pythonia.ts';
import type { Peer, Tools } from './worker.ts';
import { zeromq } from './zeromq.ts';

/** A peer, and what has to be installed for it from npm and PyPI. */
interface Entry {
  readonly npm: readonly string[];
  readonly pypi: readonly string[];
  make(tools: Tools): Peer;
}

export const PEERS: Readonly<Record<string, Entry>> = {
  'bare socket': { npm: [], pypi: [], make: bareSocket },
  Bulkhead: { npm: [], pypi: [], make: () => bulkhead },
  'python-shell': { npm: ['python-shell'], pypi: [], make: pythonShell },
  zeromq: { npm: ['zeromq'], pypi: ['pyzmq'], make: zeromq },
  'gRPC stream': { npm: ['@grpc/grpc-js'], pypi: ['grpcio'], make: grpcStream },
  'gRPC unary': { npm: ['@grpc/grpc-js'], pypi: ['grpcio'], make: grpcUnary },
  'MCP over stdio': { npm: ['@modelcontextprotocol/sdk'], pypi: ['mcp'], make: mcp },
  pythonia: { npm: ['pythonia'], pypi: [], make: pythonia },
};

import { benchFile } from '../floor-process.ts';
import { load } from './load.ts';
import type { Peer, Tools } from './worker.ts';

interface Transport {
  readonly pid: number;
}
interface Client {
  connect(transport: Transport): Promise<void>;
  callTool(call: { name: string; arguments: object }): Promise<{ content: { text: string }[] }>;
  close(): Promise<void>;
}
interface ClientModule {
  readonly Client: new (who: { name: string; version: string }) => Client;
}
interface TransportModule {
  readonly StdioClientTransport: new (options: object) => Transport;
}

export const mcp = (tools: Tools): Peer => ({
  what: 'the MCP TypeScript SDK as client, a server by the Python SDK over stdio; binary as base64, structured as JSON text',
  async start() {
    const { Client } = await load<ClientModule>(tools, '@modelcontextprotocol/sdk/client/index.js');
    const { StdioClientTransport } = await load<TransportModule>(tools, '@modelcontextprotocol/sdk/client/stdio.js');
    const args = [benchFile('peers/programs/mcp_echo.py')];
    const transport = new StdioClientTransport({ command: tools.python, args, stderr: 'ignore' });
    const client = new Client({ name: 'bench', version: '1.0.0' });
    await client.connect(transport);
    const echo = async (data: string): Promise<string> =>
      (await client.callTool({ name: 'echo', arguments: { data } })).content[0]?.text ?? '';
    await echo('first');
    return {
      pid: transport.pid,
      binary: async (data) => Buffer.from(await echo(Buffer.from(data).toString('base64')), 'base64'),
      structured: async (value) => JSON.parse(await echo(JSON.stringify(value))) as unknown,
      close: () => client.close(),
    };
  },
});

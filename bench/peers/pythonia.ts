import { benchFile } from '../floor-process.ts';
import { load } from './load.ts';
import type { Peer, Tools } from './worker.ts';

interface Echo {
  echo(data: unknown): Promise<unknown>;
  pid(): Promise<number>;
}
interface Python {
  (module: string): Promise<Echo>;
  exit(): void;
}

export const pythonia = (tools: Tools): Peer => ({
  what: 'a Python function awaited as if it were one of JavaScript; binary as base64, structured as JSON text',
  startsOnce: true,
  async start() {
    process.env['PYTHON_BIN'] = tools.python;
    const { python } = await load<{ python: Python }>(tools, 'pythonia');
    const module = await python(benchFile('peers/programs/pythonia_echo.py'));
    const echo = async (text: string): Promise<string> => (await module.echo(text)) as string;
    await echo('first');
    return {
      pid: await module.pid(),
      binary: async (data) => Buffer.from(await echo(Buffer.from(data).toString('base64')), 'base64'),
      structured: async (value) => JSON.parse(await echo(JSON.stringify(value))) as unknown,
      close: async () => python.exit(),
    };
  },
});

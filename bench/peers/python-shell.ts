import { benchFile } from '../floor-process.ts';
import { Fifo } from './fifo.ts';
import { load } from './load.ts';
import type { Peer, Tools } from './worker.ts';

interface Shell {
  readonly childProcess: { readonly pid: number };
  send(message: unknown): void;
  on(event: 'message' | 'close' | 'pythonError', listener: (message: unknown) => void): void;
  end(callback: () => void): void;
}
interface Module {
  readonly PythonShell: new (script: string, options: object) => Shell;
}

export const pythonShell = (tools: Tools): Peer => ({
  what: 'JSON lines on standard input and output; binary as base64',
  async start() {
    const { PythonShell } = await load<Module>(tools, 'python-shell');
    const shell = new PythonShell(benchFile('peers/programs/json_lines.py'), {
      mode: 'json',
      pythonPath: tools.python,
    });
    const answers = new Fifo<unknown>();
    shell.on('message', (message) => answers.answer(message));
    shell.on('pythonError', () => {});
    shell.on('close', () => answers.fail(new Error('the caller has to notice the event `close` itself')));
    const structured = (value: unknown): Promise<unknown> => {
      const answer = answers.next();
      shell.send(value);
      return answer;
    };
    await structured('first');
    return {
      pid: shell.childProcess.pid,
      structured,
      binary: async (data) => Buffer.from((await structured(Buffer.from(data).toString('base64'))) as string, 'base64'),
      close: () => new Promise((resolve) => shell.end(resolve)),
    };
  },
});

// A host in a process of its own, so that its memory is its own: node no-slope-process.js HOME. A command such as `calls 1000` does so
// many, and is answered by the host's memory after them.
import { once } from 'node:events';
import { isBulkheadError, PluginManager } from 'bulkhead';
import { answerCommands } from './answer-commands.ts';
import { benchFile } from './floor-process.ts';
import { hostMemory } from './host-memory.ts';

const CALLERS = 64;
const payload = Buffer.alloc(64, 'x');

const [home = ''] = process.argv.slice(2);
await using manager = await PluginManager.open(benchFile('no-slope.yaml'), { home });

const DEEDS: Readonly<Record<string, (count: number) => Promise<void>>> = {
  async calls(count) {
    let left = count;
    const caller = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await manager.executePlugin('echo', payload);
      }
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));
  },
  /** Each after a crash, without the wait that a crash is followed by. */
  async restarts(count) {
    await manager.startPlugin('echo');
    for (let done = 0; done < count; done += 1) {
      const pid = manager.plugins().find(({ id }) => id === 'echo')?.instances[0]?.pid;
      if (pid === undefined) throw new Error('the plugin has no process');
      const ended = once(manager, 'instanceEnded');
      process.kill(pid, 'SIGKILL');
      await ended;
      manager.resetPlugin('echo');
      await manager.executePlugin('echo', payload);
    }
  },
  /** Each after the plugin has begun the call. */
  async cancels(count) {
    for (let done = 0; done < count; done += 1) {
      const controller = new AbortController();
      const onProgress = (): void => controller.abort();
      const call = manager.executePlugin('waits', null, { signal: controller.signal, onProgress });
      const failure: unknown = await call.catch((error: unknown) => error);
      if (!isBulkheadError(failure, 'CALL_CANCELLED')) throw new Error('a call was not cancelled', { cause: failure });
    }
  },
  async reloads(count) {
    for (let done = 0; done < count; done += 1) {
      await manager.reload('echo');
      await manager.executePlugin('echo', payload);
    }
  },
};

await answerCommands(async (command) => {
  const [deed = '', count] = command.split(' ');
  await DEEDS[deed]?.(Number(count));
  return await hostMemory();
});

import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DataChannel } from '../wire/data-channel.ts';
import { loadEntryPoint } from './entry-point.ts';
import { useEnvironment } from './environment-modules.ts';
import type { Ending, Instance } from './instance.ts';
import type { PluginOptions } from './options.ts';

/** Longest wait for log lines that are on their way when an instance leaves. */
export const FLUSH_MILLISECONDS = 200;

/** Lets the instance hear what comes on the data channel. @param leave called when that is gone */
export function openData(channel: DataChannel, instance: Instance, leave: (reason: string) => void): void {
  channel.open({
    message: (message) => instance.message(message),
    refused: (error, frame) => instance.refused(error, frame),
    ended: () =>
      setTimeout(leave, FLUSH_MILLISECONDS, 'The data channel to the host was shut down, by this plugin or the host.'),
  });
}

/** Loads the plugin, and serves it until the host asks for the end. Once it resolves, nothing is left to be written. */
export async function servePlugin(
  instance: Instance,
  channel: DataChannel,
  { folder, entryPoint, prefix }: PluginOptions,
): Promise<Ending> {
  // The plugin sees itself as the program that was started.
  process.argv.splice(1, Infinity, `${folder}/${entryPoint}`);
  const own = realpathSync(folder);
  useEnvironment({
    folder: own,
    prefix: prefix === undefined ? own : realpathSync(prefix),
    sdk: dirname(fileURLToPath(import.meta.url)),
  });
  const status = await instance.serve(() => loadEntryPoint(own, entryPoint), entryPoint);
  await channel.written();
  return status;
}

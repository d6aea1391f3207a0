import type { OfPlugin } from './details.ts';
import type { CatalogueEntry } from './entry.ts';

export const TYPESCRIPT_UNSUPPORTED: CatalogueEntry<
  OfPlugin & {
    /** The plugin's file. */
    readonly file: string;
    /** Of the Node that was chosen. */
    readonly version: string;
    readonly origin: string;
    /** Of a plugin in a container. */
    readonly image?: string | undefined;
  }
> = {
  blame: 'environment',
  retryable: false,
  httpStatus: 500,
  when: "A plugin's file is TypeScript, and the Node that runs it can't run TypeScript.",
  message: ({ plugin, file, version, origin, image }) =>
    `Plugin "${plugin}" is written in TypeScript (${file}), which Node ${version} (${image === undefined ? origin : `of the image "${image}"`}) can't run.`,
  advice: ({ image }) =>
    image === undefined
      ? 'Install Node 22.18 or later, and write `"engines": { "node": ">=22.18" }` into its package.json; or build the plugin, and name the JavaScript file as its `entry_point`.'
      : 'Use an image with Node 22.18 or later, such as `node:22-slim`; or build the plugin, and name the JavaScript file as its `entry_point`.',
  sample: { plugin: 'shouter', file: 'plugin.ts', version: '20.19.0', origin: "the host's own" },
};

import type { OfPlugin, Reasoned } from './details.ts';
import type { CatalogueEntry } from './entry.ts';

/** What an error of an engine that can't be used has to say. */
interface Engine {
  /** The path or address by which it was looked for. */
  readonly address: string;
  readonly reason: string;
}

export const ENGINE_UNAVAILABLE: CatalogueEntry<Engine> = {
  blame: 'environment',
  retryable: true,
  httpStatus: 503,
  when: 'A plugin is to run in a container, and no container engine answers on this machine.',
  message: ({ address, reason }) => `No container engine answers at ${address}: ${reason}.`,
  advice: () =>
    'Start Docker (`systemctl start docker`) or Podman (`systemctl --user start podman.socket`), or name the socket of another engine in DOCKER_HOST, such as `unix:///run/user/1000/docker.sock`.',
  sample: { address: '/var/run/docker.sock', reason: 'there is no such socket' },
};

export const ENGINE_NOT_PERMITTED: CatalogueEntry<{ readonly address: string }> = {
  blame: 'environment',
  retryable: false,
  httpStatus: 500,
  when: "The container engine's socket is there, and this user may not use it.",
  message: ({ address }) => `This user may not use the container engine at ${address}.`,
  advice: () =>
    'Add the user to the group `docker`, which gives it the power of root, or install a rootless engine for it and name its socket in DOCKER_HOST.',
  sample: { address: '/var/run/docker.sock' },
};

export const ENGINE_ELSEWHERE: CatalogueEntry<{
  readonly address: string;
  /** What names the engine, such as `DOCKER_HOST`. */
  readonly origin: string;
}> = {
  blame: 'user',
  retryable: false,
  httpStatus: 400,
  when: 'The container engine that is set up is reached over a network.',
  message: ({ address, origin }) =>
    `${origin} names the container engine ${address}, which is not reached by a Unix socket of this machine.`,
  advice: ({ origin }) =>
    `Bulkhead shares folders and sockets with its containers, which works on one machine only. Change ${origin}, or set DOCKER_HOST to the socket of an engine on this machine, such as \`unix:///var/run/docker.sock\`.`,
  sample: { address: 'ssh://build@farm', origin: 'The context "farm"' },
};

export const ENGINE_FAILED: CatalogueEntry<{
  /** Such as `start a container`. */
  readonly task: string;
  readonly reason: string;
}> = {
  blame: 'environment',
  retryable: true,
  httpStatus: 502,
  when: 'The container engine answered a request by an error, or broke off its answer.',
  message: ({ task, reason }) => `The container engine could not ${task}: ${reason}.`,
  advice: () => "The engine's own log says more: `journalctl -u docker`.",
  sample: { task: 'start a container', reason: 'no space left on device' },
};

export const IMAGE_NOT_FOUND: CatalogueEntry<OfPlugin & { readonly image: string }> = {
  blame: 'user',
  retryable: false,
  httpStatus: 400,
  when: "The engine does not have the plugin's image, and the plugin's folder holds no Dockerfile to build one from.",
  message: ({ plugin, image }) =>
    `Plugin "${plugin}" runs in the image "${image}", which the container engine does not have. Bulkhead did not try to pull it.`,
  advice: ({ image }) =>
    `Pull it (\`docker pull ${image}\`) or put a Dockerfile into the plugin's folder, which Bulkhead then builds. If it is there for another user or context, check DOCKER_HOST.`,
  sample: { plugin: 'image_processor', image: 'image_processor:latest' },
};

export const IMAGE_MISSING: CatalogueEntry<OfPlugin & { readonly folder: string }> = {
  blame: 'user',
  retryable: false,
  httpStatus: 400,
  when: 'A plugin has `isolation: docker`, but neither `image` nor a Dockerfile in its folder.',
  message: ({ plugin, folder }) =>
    `Plugin "${plugin}" is to run in a container, but its registry entry names no image, and there is no Dockerfile in ${folder}.`,
  advice: () =>
    'Write `image: python:3.11-slim`, or any other image with a Python from 3.9 on, into its registry entry, for a plugin of Node one such as `node:22-slim`; or put a Dockerfile into its folder.',
  sample: { plugin: 'image_processor', folder: '/srv/app/plugins/image_processor' },
};

export const IMAGE_WITHOUT_PYTHON: CatalogueEntry<Reasoned & { readonly image: string }> = {
  blame: 'user',
  retryable: false,
  httpStatus: 400,
  when: "The plugin's image has no `python3` and no `python` on its PATH, or one that does not run.",
  message: ({ plugin, image, reason }) =>
    `The image "${image}" of plugin "${plugin}" has no Python that runs: ${reason}.`,
  advice: () =>
    "Use an image with a Python from 3.9 on, such as `python:3.11-slim`, or install one in the Dockerfile; the plugin's SDK comes from the host.",
  sample: {
    plugin: 'image_processor',
    image: 'busybox:latest',
    reason: 'exec: "python3": executable file not found in $PATH',
  },
};

export const IMAGE_PYTHON_TOO_OLD: CatalogueEntry<
  OfPlugin & { readonly image: string; readonly version: string; readonly wanted: string }
> = {
  blame: 'user',
  retryable: false,
  httpStatus: 400,
  when: "The Python in the plugin's image is not one that Bulkhead's SDK runs on, or not the one that the plugin asks for.",
  message: ({ plugin, image, version, wanted }) =>
    `Plugin "${plugin}" needs Python ${wanted}, and its image "${image}" has ${version}.`,
  advice: () => 'Use an image with such a Python, or change `python_version`.',
  sample: { plugin: 'image_processor', image: 'python:3.8-slim', version: '3.8.18', wanted: '3.9 or later' },
};

export const IMAGE_WITHOUT_NODE: CatalogueEntry<Reasoned & { readonly image: string }> = {
  blame: 'user',
  retryable: false,
  httpStatus: 400,
  when: 'The image of a plugin of Node has no `node` on its PATH, or one that does not run.',
  message: ({ plugin, image, reason }) =>
    `The image "${image}" of plugin "${plugin}" has no Node that runs: ${reason}.`,
  advice: () =>
    "Use an image with a Node from 20.19 on, such as `node:22-slim`, or install one in the Dockerfile; the plugin's SDK comes from the host.",
  sample: {
    plugin: 'shouter',
    image: 'busybox:latest',
    reason: 'exec: "node": executable file not found in $PATH',
  },
};

export const IMAGE_NODE_TOO_OLD: CatalogueEntry<OfPlugin & { readonly image: string; readonly version: string }> = {
  blame: 'user',
  retryable: false,
  httpStatus: 400,
  when: "The Node in the plugin's image is not one that Bulkhead's SDK runs on.",
  message: ({ plugin, image, version }) =>
    `Plugin "${plugin}" needs Node 20.19 or later, and its image "${image}" has ${version}.`,
  advice: () => 'Use an image with such a Node, for example `node:22-slim`.',
  sample: { plugin: 'shouter', image: 'node:18-slim', version: '18.20.4' },
};

export const IMAGE_OF_OTHER_MACHINE: CatalogueEntry<
  OfPlugin & { readonly image: string; readonly architecture: string; readonly wanted: string }
> = {
  blame: 'user',
  retryable: false,
  httpStatus: 400,
  when: "The plugin's image is made for another kind of processor or system.",
  message: ({ plugin, image, architecture, wanted }) =>
    `The image "${image}" of plugin "${plugin}" is made for ${architecture}, and this engine runs ${wanted}.`,
  advice: ({ image, wanted }) => `Pull or build it for this machine: \`docker pull --platform ${wanted} ${image}\`.`,
  sample: {
    plugin: 'image_processor',
    image: 'image_processor:latest',
    architecture: 'linux/arm64',
    wanted: 'linux/amd64',
  },
};

export const IMAGE_COMMAND_UNCONNECTED: CatalogueEntry<Reasoned & { readonly image: string }> = {
  blame: 'user',
  retryable: false,
  httpStatus: 400,
  when: 'A plugin has `image_command: true`, and what its image starts did not connect to the host.',
  message: ({ plugin, image, reason }) =>
    `The command of the image "${image}" was to start plugin "${plugin}", and did not connect to this host: ${reason}.`,
  advice: () =>
    'Let `CMD` run the file that calls `start_server()`, such as `["python", "plugin.py"]`, with the SDK installed in the image (`pip install bulkhead-plugin-sdk`, of the version of this host). Or take `image_command` out of the registry: then Bulkhead starts the plugin with its own SDK.',
  sample: { plugin: 'image_processor', image: 'image_processor:latest', reason: 'it exited with status 0' },
};

export const IMAGE_BUILD_FAILED: CatalogueEntry<
  Reasoned & {
    /** Absolute path of the Dockerfile; with the line of the instruction that failed, if one had begun. */
    readonly file: string;
    /** That instruction; undefined: none had begun. */
    readonly step: string | undefined;
    /** What it said last. */
    readonly lastLines: readonly string[];
    /** A sentence; undefined: the usual advice. */
    readonly cure: string | undefined;
  }
> = {
  blame: 'user',
  retryable: false,
  httpStatus: 400,
  when: "The plugin's Dockerfile can't be built.",
  message: ({ plugin, file, step, reason, lastLines }) =>
    [
      `The image of plugin "${plugin}" can't be built: ${file}${step === undefined ? '' : `: ${step}`}`,
      ...lastLines.map((line) => `  ${line}`),
      `${reason}.`,
    ].join('\n'),
  advice: ({ cure }) => cure ?? 'Mend that instruction; `docker build` on the folder shows the whole output.',
  sample: {
    plugin: 'image_processor',
    file: '/srv/app/plugins/image_processor/Dockerfile:4',
    step: 'RUN pip install -r requirements.txt',
    reason: "The command '/bin/sh -c pip install -r requirements.txt' returned a non-zero code: 1",
    lastLines: ['ERROR: No matching distribution found for rtre'],
    cure: undefined,
  },
};

export const LIMIT_UNAVAILABLE: CatalogueEntry<
  OfPlugin & { readonly limit: string; readonly reason: string; readonly cure?: string | undefined }
> = {
  blame: 'environment',
  retryable: false,
  httpStatus: 500,
  when: 'A limit of `resources` can not be enforced on this machine.',
  message: ({ plugin, limit, reason }) =>
    `Plugin "${plugin}" is to run under \`resources.${limit}\`, which can't be enforced here: ${reason}.`,
  advice: ({ cure }) =>
    cure ??
    'Let the machine give its engine the cgroup controllers (a rootless engine needs cgroup version 2 and systemd), or take the limit out of the registry.',
  sample: { plugin: 'image_processor', limit: 'memory', reason: 'the container engine has no memory controller' },
};

export const MEMORY_LIMIT_EXCEEDED: CatalogueEntry<Reasoned> = {
  blame: 'plugin',
  retryable: true,
  httpStatus: 502,
  when: 'The plugin used more memory than `resources.memory` allows, and was ended, or refused more.',
  message: ({ plugin, reason }) => `Plugin "${plugin}" ${reason}.`,
  advice: () =>
    'Raise `resources.memory` of the plugin in the registry, or give it less at once. In a container, what it writes into /tmp counts as memory, too.',
  sample: { plugin: 'image_processor', reason: 'was ended by its memory limit of 512 MiB' },
};

export const PROCESS_LIMIT_EXCEEDED: CatalogueEntry<OfPlugin & { readonly limit: number }> = {
  blame: 'plugin',
  retryable: true,
  httpStatus: 502,
  when: 'The plugin tried to start more processes and threads than `resources.pids` allows, and failed by that, or was ended.',
  message: ({ plugin, limit }) => `Plugin "${plugin}" ran into its limit of ${limit} processes and threads.`,
  advice: () =>
    'Let it start fewer, or raise `resources.pids` of the plugin in the registry. Libraries for numbers start a thread for each processor of the machine unless OMP_NUM_THREADS says otherwise.',
  sample: { plugin: 'image_processor', limit: 64 },
};

export const DISK_LIMIT_EXCEEDED: CatalogueEntry<Reasoned> = {
  blame: 'plugin',
  retryable: true,
  httpStatus: 502,
  when: 'The plugin put more into its scratch folder than `resources.disk` allows.',
  message: ({ plugin, reason }) => `Plugin "${plugin}" ${reason}.`,
  advice: () =>
    'Let it delete what it no longer needs (its scratch folder is what `tempfile` uses), or raise `resources.disk` of the plugin in the registry.',
  sample: { plugin: 'image_processor', reason: 'was ended by its disk limit of 1 GiB' },
};

export const ENGINE_STOPPED: CatalogueEntry<Reasoned> = {
  blame: 'environment',
  retryable: true,
  httpStatus: 503,
  when: 'The container engine was stopped while the plugin ran, and its container with it.',
  message: ({ plugin, reason }) => `Plugin "${plugin}" ${reason}.`,
  advice: () =>
    'The next call starts the plugin again, once the engine answers. With `"live-restore": true` in /etc/docker/daemon.json containers go on while Docker itself is restarted.',
  sample: { plugin: 'image_processor', reason: 'was ended because the container engine was stopped' },
};

export const CONTAINER_PAUSED: CatalogueEntry<Reasoned> = {
  blame: 'environment',
  retryable: true,
  httpStatus: 503,
  when: "A call had no answer because somebody had paused the plugin's container.",
  message: ({ plugin, reason }) => `Plugin "${plugin}" did not answer: ${reason}.`,
  advice: () => 'Somebody has paused it, as `docker pause` does: `docker unpause` lets it go on.',
  sample: { plugin: 'image_processor', reason: 'its container bulkhead-3f2a is paused' },
};
